import {
  encodePem,
  exportPrivateKey,
  generateKeyPair,
  importPrivateKey,
  open,
  seal,
  SecurityError,
  ValidationError,
} from '@nomyo/core'
import type { KeyPair } from '@nomyo/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { FINGERPRINTS, PRIVATE_KEYS } from './fixtures/keys.js'
import { REFUSED_PRIVATE_KEYS } from './fixtures/refused-keys.js'
import { derOf, KEY_NAMES, keyPair, linesOfPem, pkcs8Of } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'

afterEach(() => {
  vi.restoreAllMocks()
})

async function expectWorks(pair: KeyPair): Promise<void> {
  const plaintext = utf8('{"x":1}')
  expect((await open(await seal(plaintext, pair.publicKey), pair)).plaintext).toEqual(plaintext)
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
}

describe('generating', () => {
  it('2048 bits: not exportable unless asked for', async () => {
    const pair = await generateKeyPair({ modulusLength: 2048 })
    expect(pair.publicKey.modulusLength).toBe(2048)
    expect(pair.privateKey).toMatchObject({ type: 'private', extractable: false, usages: ['unwrapKey'] })
    await expectWorks(pair)
  })

  it('2048 bits: exportable', async () => {
    const pair = await generateKeyPair({ modulusLength: 2048, exportable: true })
    expect(pair.privateKey).toMatchObject({ extractable: true, usages: ['unwrapKey'] })
    const again = await importPrivateKey(await exportPrivateKey(pair))
    expect(again.publicKey.fingerprint).toBe(pair.publicKey.fingerprint)
    const { plaintext } = await open(await seal(utf8('{}'), pair.publicKey), again)
    expect(plaintext).toEqual(utf8('{}'))
  })

  it('4096 bits, e = 65537, SHA-256 and no export are the defaults', async () => {
    const stored = await keyPair('rsa4096')
    const pair = { publicKey: stored.publicKey.key, privateKey: stored.privateKey }
    const generateKey = vi.spyOn(crypto.subtle, 'generateKey').mockResolvedValue(pair as never)
    const generated = await generateKeyPair()
    expect(generated.publicKey.fingerprint).toBe(FINGERPRINTS.rsa4096)
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 4096 }
    const publicExponent = Uint8Array.of(1, 0, 1)
    const usages = ['wrapKey', 'unwrapKey']
    expect(generateKey).toHaveBeenCalledExactlyOnceWith({ ...algorithm, publicExponent }, false, usages)
  })

  it.each([0, 1024, 2047, 2049, 2304.5, 8193, 8448, 16384, -2048, Number.NaN, Infinity])(
    '%d bits → ValidationError before anything is generated',
    async (modulusLength) => {
      const generateKey = vi.spyOn(crypto.subtle, 'generateKey')
      const error = await failureOf(generateKeyPair({ modulusLength }))
      expect(error).toBeInstanceOf(ValidationError)
      expect(error).toMatchObject({ code: 'validation_failed' })
      expect(generateKey).not.toHaveBeenCalled()
    },
  )
})

describe('importing', () => {
  it.each(KEY_NAMES)('%s: its public key is derived from it', async (name) => {
    const pair = await importPrivateKey(pkcs8Of(name))
    expect(pair.publicKey.fingerprint).toBe(FINGERPRINTS[name])
    expect(pair.privateKey).toMatchObject({ type: 'private', extractable: false, usages: ['unwrapKey'] })
    await expectWorks(pair)
  })

  it('neither changes nor keeps the bytes it was given', async () => {
    const pkcs8 = pkcs8Of('rsa2048')
    const pair = await importPrivateKey(pkcs8)
    expect(pkcs8).toEqual(pkcs8Of('rsa2048'))
    pkcs8.fill(0)
    await expectWorks(pair)
  })

  it('overwrites the copy that it makes of the key', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    await importPrivateKey(pkcs8Of('rsa2048'))
    const given = importKey.mock.calls
      .filter(([format]) => (format as string) === 'pkcs8')
      .map((call) => call[1])
    expect(given).toEqual([new Uint8Array(pkcs8Of('rsa2048').length)])
  })

  const der = pkcs8Of('rsa2048')
  const refused: [string, Uint8Array, string][] = [
    ['EC', derOf(REFUSED_PRIVATE_KEYS.ec), 'its algorithm is not rsaEncryption'],
    ['RSA-PSS', derOf(REFUSED_PRIVATE_KEYS.rsaPss), 'its algorithm is not rsaEncryption'],
    ['1024 bits', derOf(REFUSED_PRIVATE_KEYS.bits1024), 'its modulus has 1024 bits'],
    ['e = 3', derOf(REFUSED_PRIVATE_KEYS.exponent3), 'not 65537'],
    ['junk', new Uint8Array(1200).fill(7), 'not DER of a PKCS#8 key'],
    ['nothing', new Uint8Array(), 'not DER of a PKCS#8 key'],
    ['PEM as bytes', utf8(PRIVATE_KEYS.rsa2048), 'not DER of a PKCS#8 key'],
    ['trailing DER', concat(der, Uint8Array.of(5, 0)), 'not DER of a PKCS#8 key'],
    ['cut', der.subarray(0, -1), 'not DER of a PKCS#8 key'],
    ['an empty sequence', Uint8Array.of(0x30, 0), 'not DER of a PKCS#8 key'],
    ['PKCS#1', der.subarray(26), 'not DER of a PKCS#8 key'],
  ]
  it.each(refused)('refuses %s', async (_, pkcs8, reason) => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const error = await failureOf(importPrivateKey(pkcs8))
    expect(error).toBeInstanceOf(SecurityError)
    expect(error).toMatchObject({ code: 'key_refused' })
    expect((error as Error).message).toMatch(reason)
    expect(importKey).not.toHaveBeenCalled()
    assertNoSecrets(error, linesOfPem(PRIVATE_KEYS.rsa2048 + REFUSED_PRIVATE_KEYS.ec))
  })

  it('refuses a public key', async () => {
    const { spki } = (await keyPair('rsa2048')).publicKey
    expect(await failureOf(importPrivateKey(spki))).toMatchObject({ code: 'key_refused' })
  })

  it('refuses what only the engine refuses, without its words, and overwrites its copy', async () => {
    const original = crypto.subtle.importKey.bind(crypto.subtle) as (...args: unknown[]) => Promise<CryptoKey>
    const importKey = vi
      .spyOn(crypto.subtle, 'importKey')
      .mockImplementation((...args: unknown[]) =>
        args[0] === 'pkcs8' ? Promise.reject(new Error('words of the engine')) : original(...args),
      )
    const error = await failureOf(importPrivateKey(der))
    expect(error).toMatchObject({ code: 'key_refused' })
    assertNoSecrets(error, ['words of the engine', ...linesOfPem(PRIVATE_KEYS.rsa2048)])
    expect(importKey.mock.calls.at(-1)![1]).toEqual(new Uint8Array(der.length))
  })
})

describe('exporting', () => {
  it.each(KEY_NAMES)('%s: gives back what was imported', async (name) => {
    const pair = await importPrivateKey(pkcs8Of(name), { exportable: true })
    expect(encodePem('PRIVATE KEY', await exportPrivateKey(pair))).toBe(PRIVATE_KEYS[name])
  })

  it('a key that was not made exportable rejects, here and in the engine', async () => {
    const pair = await keyPair('rsa2048')
    const error = await failureOf(exportPrivateKey(pair))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'validation_failed' })
    for (const format of ['pkcs8', 'jwk'] as const) {
      await expect(crypto.subtle.exportKey(format, pair.privateKey)).rejects.toMatchObject({
        name: expect.stringMatching(/^InvalidAccess(Error|Exception)$/) as string,
      })
    }
  })
})
