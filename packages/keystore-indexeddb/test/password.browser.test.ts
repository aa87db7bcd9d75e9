/** Keys under a password. */
import { SecurityError, ValidationError, type KeyStoreWarning, type Password } from '@nomyo/core'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { assertNoSecrets } from '../../core/test/no-secrets.ts'
import { faceOf } from '../../core/test/undecryptable.ts'
import { contentOf, freshDatabase, plant } from './support/databases.ts'
import { expectCode, expectOpens, exportable, failureOf, PASSWORD, WRONG_PASSWORD } from './support/keys.ts'

const UNDECRYPTABLE = new SecurityError(
  'decryption_failed',
  'The private key could not be decrypted: the password is wrong, or the key is damaged.',
)

let databaseName: string
let warnings: KeyStoreWarning[]
beforeEach(async () => {
  databaseName = freshDatabase()
  warnings = []
})
afterEach(() => {
  vi.restoreAllMocks()
})

function storeWith(options: IndexedDBKeyStoreOptions): ReturnType<typeof indexedDBKeyStore> {
  return indexedDBKeyStore({ databaseName, onWarning: (warning) => warnings.push(warning), ...options })
}

async function saveEncrypted(name = 'current'): Promise<void> {
  await storeWith({ password: PASSWORD }).save(name, { keyPair: await exportable('rsa2048'), createdAt: 1 })
}

interface Encrypted {
  readonly form: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

async function stored(name = 'current'): Promise<Record<string, unknown> & { privateKey: Encrypted }> {
  return (await contentOf(databaseName)).get(`key:${name}`) as Record<string, unknown> & {
    privateKey: Encrypted
  }
}

describe('what is stored', () => {
  test('is PKCS#8 under PBKDF2 with 600,000 iterations and AES-256-GCM, and no CryptoKey', async () => {
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
    const wrapKey = vi.spyOn(crypto.subtle, 'wrapKey')
    await saveEncrypted()
    expect(deriveKey).toHaveBeenCalledOnce()
    expect(deriveKey.mock.calls[0]).toMatchObject([
      { name: 'PBKDF2', hash: 'SHA-256', iterations: 600_000 },
      { type: 'secret' },
      { name: 'AES-GCM', length: 256 },
      false,
      ['wrapKey', 'unwrapKey'],
    ])
    expect(wrapKey.mock.calls.find(([format]) => format === 'pkcs8')?.[3]).toMatchObject({ name: 'AES-GCM' })
    const { privateKey } = await stored()
    expect(privateKey).toEqual({
      form: 'encrypted',
      iterations: 600_000,
      salt: expect.any(Uint8Array),
      nonce: expect.any(Uint8Array),
      ciphertext: expect.any(Uint8Array),
    })
    expect([privateKey.salt.length, privateKey.nonce.length]).toEqual([16, 12])
  })

  test('has a salt and a nonce of its own each time', async () => {
    await saveEncrypted('current')
    await saveEncrypted('previous')
    const [one, other] = [(await stored('current')).privateKey, (await stored('previous')).privateKey]
    expect(one.salt).not.toEqual(other.salt)
    expect(one.nonce).not.toEqual(other.nonce)
  })

  test('is opened with one derivation, however often one store loads it', async () => {
    await saveEncrypted()
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
    const store = storeWith({ password: PASSWORD })
    await Promise.all([store.load('current'), store.load('current')])
    await store.load('current')
    expect(deriveKey).toHaveBeenCalledOnce()
  })
})

describe('a wrong password', () => {
  test('wrong password: one opaque error, the record unchanged to the byte', async () => {
    await saveEncrypted()
    const before = await stored()
    const error = await failureOf(storeWith({ password: WRONG_PASSWORD }).load('current'))
    expect(faceOf(error)).toEqual(faceOf(UNDECRYPTABLE))
    expect(await stored()).toEqual(before)
    expect(warnings).toEqual([])
  })

  test('is forgotten: a function that gives it is asked again', async () => {
    await saveEncrypted()
    const ask = vi
      .fn<() => Promise<string>>()
      .mockResolvedValueOnce(WRONG_PASSWORD)
      .mockResolvedValue(PASSWORD)
    const store = storeWith({ password: ask })
    expect(ask).not.toHaveBeenCalled()
    expect(faceOf(await failureOf(store.load('current')))).toEqual(faceOf(UNDECRYPTABLE))
    await expectOpens(await exportable('rsa2048'), (await store.load('current'))?.keyPair)
    await store.load('current')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  test.each([
    ['the ciphertext', { ciphertext: (bytes: Uint8Array) => flip(bytes, 40) }],
    ['the tag', { ciphertext: (bytes: Uint8Array) => flip(bytes, bytes.length - 1) }],
    ['the nonce', { nonce: (bytes: Uint8Array) => flip(bytes, 0) }],
    ['the salt', { salt: (bytes: Uint8Array) => flip(bytes, 15) }],
  ])('cannot be told from damage to %s', async (_, changes) => {
    await saveEncrypted()
    const { privateKey, ...record } = await stored()
    const damaged: Record<string, unknown> = { ...privateKey }
    for (const [field, change] of Object.entries(changes))
      damaged[field] = change(damaged[field] as Uint8Array)
    await plant(databaseName, 'key:current', { ...record, privateKey: damaged })
    const error = await failureOf(storeWith({ password: PASSWORD }).load('current'))
    expect(faceOf(error)).toEqual(faceOf(UNDECRYPTABLE))
  })

  test('nor from another creation time, another key, or another environment', async () => {
    await saveEncrypted()
    const record = await stored()
    await plant(databaseName, 'key:current', { ...record, createdAt: 2 })
    const failures = [await failureOf(storeWith({ password: PASSWORD }).load('current'))]
    const { publicKey } = await exportable('rsa3072')
    const other = { ...record, publicKey: publicKey.spki, fingerprint: publicKey.fingerprint }
    await plant(databaseName, 'key:current', other)
    failures.push(await failureOf(storeWith({ password: PASSWORD }).load('current')))
    const elsewhere = freshDatabase()
    await plant(elsewhere, 'key:current', record)
    const store = indexedDBKeyStore({ databaseName: elsewhere, password: PASSWORD })
    failures.push(await failureOf(store.load('current')))
    expect(failures.map(faceOf)).toEqual(failures.map(() => faceOf(UNDECRYPTABLE)))
  })
})

describe('a password', () => {
  test('that is missing: the key is locked, listed and not replaced', async () => {
    await saveEncrypted()
    const store = storeWith({})
    await expectCode(store.load('current'), 'locked', databaseName, '"current"')
    expect(await store.list()).toEqual(['current'])
    const record = { keyPair: await exportable('rsa3072'), createdAt: 2 }
    await expectCode(store.save('current', record), 'exists')
    await expectOpens(
      await exportable('rsa2048'),
      (await storeWith({ password: PASSWORD }).load('current'))?.keyPair,
    )
  })

  test('for a key that was stored without: it loads, with a warning', async () => {
    await storeWith({}).save('current', { keyPair: await exportable('rsa2048'), createdAt: 1 })
    const store = storeWith({ password: PASSWORD })
    await store.load('current')
    await expectOpens(await exportable('rsa2048'), (await store.load('current'))?.keyPair)
    expect(warnings.map(({ code }) => code)).toEqual(['unencrypted_key'])
    assertNoSecrets(warnings, [PASSWORD])
  })

  test('is asked for once, and not before it is needed', async () => {
    const ask = vi.fn<() => string>(() => PASSWORD)
    const store = storeWith({ password: ask })
    await store.list()
    expect(await store.load('current')).toBeUndefined()
    expect(ask).not.toHaveBeenCalled()
    const record = { keyPair: await exportable('rsa2048'), createdAt: 1 }
    await Promise.all([store.save('current', record), store.save('previous', record)])
    await store.load('current')
    expect(ask).toHaveBeenCalledOnce()
  })

  test('that cannot be asked for fails with what the function throws, and is asked for again', async () => {
    await saveEncrypted()
    const cancelled = new Error('cancelled')
    const ask = vi.fn<() => Promise<string>>().mockRejectedValueOnce(cancelled).mockResolvedValue(PASSWORD)
    const store = storeWith({ password: ask })
    expect(await failureOf(store.load('current'))).toBe(cancelled)
    expect(await store.load('current')).toBeDefined()
  })

  test.each(['', 'x'.repeat(1024), '\ud800', undefined, 7])('%j from a function is refused', async (text) => {
    await saveEncrypted()
    const store = storeWith({ password: () => text as string })
    expect(await failureOf(store.load('current'))).toBeInstanceOf(ValidationError)
    const record = { keyPair: await exportable('rsa2048'), createdAt: 1 }
    expect(await failureOf(store.save('previous', record))).toBeInstanceOf(ValidationError)
    expect(await store.list()).toEqual(['current'])
  })

  test.each(['', 'x'.repeat(1024), '\udfff', undefined, null, 7])('%j is refused at once', (password) => {
    expect(() => storeWith({ password: password as Password })).toThrow(ValidationError)
  })
})

test('1 iteration warns, 10^9 refused', async () => {
  await saveEncrypted()
  const { privateKey, ...record } = await stored()
  const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
  for (const iterations of [1e9, 10_000_001, 0, -1, 1.5, NaN, Infinity, '600000']) {
    await plant(databaseName, 'key:current', { ...record, privateKey: { ...privateKey, iterations } })
    await expectCode(storeWith({ password: PASSWORD }).load('current'), 'unreadable', databaseName)
  }
  expect(deriveKey).not.toHaveBeenCalled()
  expect(warnings).toEqual([])
  await plantEncryptedWith(1, record)
  expect(await storeWith({ password: PASSWORD }).load('current')).toBeDefined()
  expect(warnings).toMatchObject([{ code: 'weak_key_encryption' }])
  expect(warnings[0]?.message).toContain('iterations of PBKDF2: 1)')
})

/** A key that somebody has encrypted in the store's format with so many iterations. */
async function plantEncryptedWith(iterations: number, record: Record<string, unknown>): Promise<void> {
  const [salt, nonce] = [new Uint8Array(16), new Uint8Array(12)]
  const aes = { name: 'AES-GCM', length: 256 }
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(PASSWORD), 'PBKDF2', false, [
    'deriveKey',
  ])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  const key = await crypto.subtle.deriveKey(parameters, base, aes, false, ['wrapKey'])
  const context = JSON.stringify(['nomyo key', 1, databaseName, record.fingerprint, record.createdAt])
  const sealing = { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(context) }
  const { privateKey } = await exportable('rsa2048')
  const ciphertext = new Uint8Array(await crypto.subtle.wrapKey('pkcs8', privateKey, key, sealing))
  const encrypted = { form: 'encrypted', salt, iterations, nonce, ciphertext }
  await plant(databaseName, 'key:current', { ...record, privateKey: encrypted })
}

function flip(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.map((byte, i) => (i === index ? byte ^ 1 : byte))
}
