/** Keys under a password: what is written, what is refused, and what is warned of. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { encodePem, ValidationError, type KeyStoreWarning } from '@nomyo/core'
import {
  pemKeyStore,
  readPrivateKeyPem,
  type PemKeyStore,
  type PemKeyStoreOptions,
} from '@nomyo/keystore-pem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pbkdf2Pem, pkcs12Pem, scryptPem } from './support/forged.ts'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { modeOf, newPlace, placeWith, refusal, undecryptable } from './support/places.ts'
import { needsOpenssl, openssl } from './support/programs.ts'
import { expectNoSecrets, PASSWORD } from './support/secrets.ts'

const WRONG = `${PASSWORD}!`
const plainPem = (): string => encodePem('PRIVATE KEY', Buffer.from(testKeyBase64('first'), 'base64'))

/** The file of the first test key, encrypted by this store. */
let encrypted: Buffer
let fingerprint: string
const parent = mkdtempSync(join(tmpdir(), 'nomyo-pem-'))
beforeAll(async () => {
  const store = pemKeyStore({ dir: join(parent, 'keys'), password: PASSWORD })
  await store.save('current', await testRecord('first', 1))
  encrypted = readFileSync(join(store.directory, 'private_key.pem'))
  fingerprint = (await testKeyPair('first')).publicKey.fingerprint
})
afterAll(() => rmSync(parent, { recursive: true, force: true }))

/** A store over a directory with that private key file, and what it warns of. */
function storeWith(
  content: string | Uint8Array,
  options: PemKeyStoreOptions = {},
): { store: PemKeyStore; path: string; warnings: KeyStoreWarning[] } {
  const { dir, path } = placeWith(content)
  const warnings: KeyStoreWarning[] = []
  const store = pemKeyStore({ dir, onWarning: (warning) => warnings.push(warning), ...options })
  return { store, path, warnings }
}

describe('with a password', () => {
  test('what is written is PBES2 with 600,000 iterations, mode 0600, and comes back', async (context) => {
    needsOpenssl(context)
    const { store, path, warnings } = storeWith(encrypted, { password: PASSWORD })
    const lines = openssl('asn1parse', '-in', path).toString()
    expect(lines).toContain('PBES2')
    expect(lines).toContain('hmacWithSHA256')
    expect(lines).toContain('aes-256-cbc')
    expect(lines).toMatch(/INTEGER\s+:0927C0/) // 600,000
    expect(modeOf(path)).toBe('0600')
    const record = await store.load('current')
    expect(record?.keyPair.publicKey.fingerprint).toBe(fingerprint)
    expect(record?.keyPair.privateKey.extractable).toBe(false)
    expect(warnings).toEqual([])
  })

  test('wrong password: SecurityError, file unchanged to the byte', async () => {
    const { store, path } = storeWith(encrypted, { password: WRONG })
    const { mtimeMs, ino } = statSync(path)
    await undecryptable(store.load('current'))
    await undecryptable(store.load('current'))
    expect(readFileSync(path).equals(encrypted)).toBe(true)
    expect(statSync(path)).toMatchObject({ mtimeMs, ino })
    expect(await store.list()).toEqual(['current'])
  })

  test('nor does a rotation under a wrong password change it', async () => {
    const { store, path } = storeWith(encrypted, { password: WRONG })
    const options = { replace: true, expected: fingerprint, keepAs: 'previous' }
    await undecryptable(store.save('current', await testRecord('second'), options))
    expect(readFileSync(path).equals(encrypted)).toBe(true)
    expect(await store.list()).toEqual(['current'])
  })

  test('no password: locked', async () => {
    const { store, path } = storeWith(encrypted)
    await refusal(store.load('current'), 'locked', path)
  })

  test('a rotated key is encrypted, and so is the one that is kept', async () => {
    const { store } = storeWith(encrypted, { password: PASSWORD })
    const options = { replace: true, expected: fingerprint, keepAs: 'previous' }
    await store.save('current', await testRecord('second'), options)
    for (const name of ['private_key.pem', 'previous_private_key.pem']) {
      expect(readFileSync(join(store.directory, name), 'utf8')).toMatch(
        /^-----BEGIN ENCRYPTED PRIVATE KEY-----/,
      )
    }
    expect((await store.load('previous'))?.keyPair.publicKey.fingerprint).toBe(fingerprint)
  })

  test('newPassword takes its place, for the key that the old one opens', async () => {
    const { store } = storeWith(encrypted, { password: PASSWORD, newPassword: 'other', exportable: true })
    const record = (await store.load('current'))!
    await store.save('current', record, { replace: true, expected: fingerprint })
    const { directory: dir } = store
    await undecryptable(pemKeyStore({ dir, password: PASSWORD }).load('current'))
    const loaded = await pemKeyStore({ dir, password: 'other' }).load('current')
    expect(loaded?.keyPair.publicKey.fingerprint).toBe(fingerprint)
    expect(loaded?.createdAt).toBe(record.createdAt)
  })

  test('a function is asked when it is first needed, and its answer kept', async () => {
    const password = vi.fn(async () => PASSWORD)
    const { store } = storeWith(encrypted, { password })
    expect(await store.list()).toEqual(['current'])
    expect(password).not.toHaveBeenCalled()
    await store.load('current')
    await store.load('current')
    expect(password).toHaveBeenCalledTimes(1)
  })

  test('a key that is not encrypted opens, with a warning', async () => {
    const { store, warnings } = storeWith(plainPem(), { password: PASSWORD })
    expect((await store.load('current'))?.keyPair.publicKey.fingerprint).toBe(fingerprint)
    await store.load('current')
    expect(warnings.map(({ code }) => code)).toEqual(['unencrypted_key'])
    expect(warnings[0]!.message).toContain('nomyo keys encrypt')
  })

  test('no error and no warning holds a password', async () => {
    const { store, warnings } = storeWith(encrypted, { password: WRONG })
    const error: unknown = await store.load('current').catch((reason: unknown) => reason)
    const shown = [inspect(error, { showHidden: true, depth: 9 }), inspect(store), JSON.stringify(warnings)]
    for (const text of shown) expect(text).not.toContain(PASSWORD)
    expectNoSecrets(error)
  })

  test('a password or a private key in an error is found: a control of what all these tests assert', () => {
    const line = plainPem().split('\n')[10]!
    for (const secret of [WRONG, line]) {
      expect(() => expectNoSecrets(new Error(`not ${secret}`))).toThrow(/in the error's/)
      expect(() => expectNoSecrets(new Error('x', { cause: { secret } }))).toThrow(/in the error's/)
    }
    expectNoSecrets(new Error('x'))
  })
})

describe('options', () => {
  test.each<[string, PemKeyStoreOptions]>([
    ['undefined', { password: undefined } as unknown as PemKeyStoreOptions],
    ['empty', { password: '' }],
    ['a number', { password: 7 } as unknown as PemKeyStoreOptions],
  ])('a password that is %s is refused at construction', (_, options) => {
    expect(() => pemKeyStore(options)).toThrow(ValidationError)
  })

  test('a password of more than 1,023 bytes is refused, and nothing is written', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir, password: 'ü'.repeat(512) })
    await expect(store.save('current', await testRecord('first'))).rejects.toThrow(ValidationError)
    expect(await store.list()).toEqual([])
  })

  test('exportable gives extractable private keys', async () => {
    const { store } = storeWith(plainPem(), { exportable: true })
    expect((await store.load('current'))?.keyPair.privateKey.extractable).toBe(true)
  })
})

describe('the cost of opening', () => {
  test('1 iteration warns', async (context) => {
    needsOpenssl(context)
    const { path } = placeWith(plainPem())
    const parameters = ['-topk8', '-v2', 'aes-256-cbc', '-iter', '1', '-passout', `pass:${PASSWORD}`]
    const weak = openssl('pkcs8', ...parameters, '-in', path)
    const { store, warnings } = storeWith(weak, { password: PASSWORD })
    expect((await store.load('current'))?.keyPair.publicKey.fingerprint).toBe(fingerprint)
    expect(warnings.map(({ code }) => code)).toEqual(['weak_key_encryption'])
    expect(warnings[0]!.message).toContain('nomyo keys encrypt')
    expect(await store.describe('current')).toMatchObject({
      protection: { encryption: 'weak', iterations: 1 },
    })
  })

  test.each<[string, () => string]>([
    ['10^9 iterations', () => pbkdf2Pem(1_000_000_000)],
    ['10,000,001 iterations', () => pbkdf2Pem(10_000_001)],
    ['2^64 iterations', () => pbkdf2Pem(2n ** 64n)],
    ['10^9 iterations before 3DES', () => pbkdf2Pem(1_000_000_000, 'des3')],
    ['scrypt with N = 2^30', () => scryptPem(2 ** 30, 8, 1)],
    ['scrypt with p = 2^20', () => scryptPem(16384, 8, 2 ** 20)],
    ['PKCS#12 with 10^9 iterations', () => pkcs12Pem(1_000_000_000)],
  ])('%s refused before anything is computed, and before a password is asked for', async (_, pem) => {
    const password = vi.fn(() => PASSWORD)
    const { store, path } = storeWith(pem(), { password })
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    await refusal(store.load('current'), 'unreadable', path)
    expect(derive).not.toHaveBeenCalled()
    expect(password).not.toHaveBeenCalled()
    derive.mockRestore()
  })
})

describe('what can be said of a key', () => {
  test('needs no password and writes nothing', async () => {
    const { store } = storeWith(encrypted)
    const files = (): string[] => [statSync(store.directory).mtimeMs].map(String)
    const before = files()
    expect(await store.describe('current')).toMatchObject({
      name: 'current',
      fingerprint: undefined, // it stands in the encrypted key only
      protection: { encryption: 'password', iterations: 600_000 },
      privateKeyPath: join(store.directory, 'private_key.pem'),
    })
    expect(await store.describe('previous')).toBeUndefined()
    expect(files()).toEqual(before)
  })

  test('tells what stands beside the key', async () => {
    const store = pemKeyStore({ dir: join(parent, 'keys') })
    expect(await store.describe('current')).toMatchObject({ fingerprint, createdAt: 1 })
  })
})

describe('readPrivateKeyPem', () => {
  test('reads what the store reads, without a file', async () => {
    const { keyPair, protection } = await readPrivateKeyPem(encrypted, {
      password: PASSWORD,
      exportable: true,
    })
    expect(keyPair.publicKey.fingerprint).toBe(fingerprint)
    expect(keyPair.privateKey.extractable).toBe(true)
    expect(protection).toEqual({ encryption: 'password', iterations: 600_000 })
    const plain = await readPrivateKeyPem(Buffer.from(plainPem()))
    expect(plain.protection).toEqual({ encryption: 'none' })
    expect(plain.keyPair.privateKey.extractable).toBe(false)
  })

  test('refuses as the store refuses', async () => {
    await undecryptable(readPrivateKeyPem(encrypted, { password: WRONG }))
    await refusal(readPrivateKeyPem(encrypted), 'locked', 'encrypted')
    await refusal(readPrivateKeyPem(Buffer.from('nothing')), 'unreadable', 'cannot be used')
  })
})
