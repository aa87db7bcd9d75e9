/** Private keys as PEM text, with and without a password. */
import {
  decodePem,
  encodePem,
  importPrivateKey,
  KeyStoreError,
  open,
  seal,
  SecurityError,
  ValidationError,
  type KeyPair,
} from '@nomyo/core'
import {
  decryptPkcs8,
  encryptPkcs8,
  exportPrivateKeyPem,
  importPrivateKeyPem,
  MAX_PASSWORD_BYTES,
  MAX_PBKDF2_ITERATIONS,
  PBKDF2_ITERATIONS,
} from '@nomyo/core/pkcs8'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { FINGERPRINTS, PRIVATE_KEYS, RSA2048_PUBLIC } from './fixtures/keys.js'
import { REFUSED_PRIVATE_KEYS } from './fixtures/refused-keys.js'
import { derOf, keyPair, linesOfPem, pkcs8Of } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'
import { expectOpaque, failureOf, forge, PASSWORD, SMALL_KEY, toHex } from './pkcs8-forge.js'

const PLAIN = PRIVATE_KEYS.rsa2048
let pair: KeyPair

beforeAll(async () => {
  pair = await importPrivateKey(pkcs8Of('rsa2048'), { exportable: true })
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** A private key of `content` in a PEM that takes one iteration to open. */
async function lightPem(content: Uint8Array): Promise<string> {
  return encodePem('ENCRYPTED PRIVATE KEY', await forge({ content }))
}

/** `bytes` with those behind `offset` made into others. */
function spoil(bytes: Uint8Array, offset: number): Uint8Array {
  return bytes.map((byte, i) => (i >= offset && i < offset + 16 ? byte ^ 0x55 : byte))
}

it('the limits are what the documents say', () => {
  expect({ PBKDF2_ITERATIONS, MAX_PBKDF2_ITERATIONS, MAX_PASSWORD_BYTES }).toEqual({
    PBKDF2_ITERATIONS: 600_000,
    MAX_PBKDF2_ITERATIONS: 10_000_000,
    MAX_PASSWORD_BYTES: 1023,
  })
})

describe('with a password', () => {
  it.each([
    ['of one character', 'x'],
    ['in ASCII, with spaces', ' two words '],
    ['beyond ASCII', 'Grüße 東京 🔑 \u0000 \u2028'],
    ['of 1,023 bytes', 'ä'.repeat(511) + 'x'],
  ])('%s, a key comes back', async (_, password) => {
    const pem = await exportPrivateKeyPem(pair, { password })
    expect(pem).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/,
    )
    const { keyPair: again, iterations } = await importPrivateKeyPem(pem, { password })
    expect(iterations).toBe(600_000)
    expect(again.publicKey.fingerprint).toBe(FINGERPRINTS.rsa2048)
    expect(again.privateKey).toMatchObject({ extractable: false, usages: ['unwrapKey'] })
    const { plaintext } = await open(await seal(utf8('{}'), pair.publicKey), again)
    expect(plaintext).toEqual(utf8('{}'))
  })

  it('a key of 4096 bits comes back, exportable if asked for', async () => {
    const made = await importPrivateKey(pkcs8Of('rsa4096'), { exportable: true })
    const pem = await exportPrivateKeyPem(made, { password: PASSWORD })
    const imported = await importPrivateKeyPem(pem, { password: PASSWORD, exportable: true })
    expect(imported.keyPair.publicKey.fingerprint).toBe(made.publicKey.fingerprint)
    expect(await exportPrivateKeyPem(imported.keyPair)).toBe(PRIVATE_KEYS.rsa4096)
  })

  it('the salt and the IV are 16 random bytes each, drawn anew, and the parameters are those', async () => {
    const draw = vi.spyOn(crypto, 'getRandomValues')
    const ders = [await encryptPkcs8(SMALL_KEY, PASSWORD), await encryptPkcs8(SMALL_KEY, PASSWORD)]
    const drawn = draw.mock.results.map(({ value }) => toHex(value as Uint8Array))
    expect(drawn.map(({ length }) => length)).toEqual([32, 32, 32, 32])
    expect(new Set(drawn).size).toBe(4)
    for (const [i, der] of ders.entries()) {
      const scheme =
        '306006092a864886f70d01050d3053303206092a864886f70d01050c30250410' +
        `${drawn[2 * i]}` +
        '02030927c0300c06082a864886f70d02090500301d060960864801650304012a0410' +
        `${drawn[2 * i + 1]}`
      expect(toHex(der).slice(0, -2 * 64)).toBe(`3081a4${scheme}0440`)
    }
  })

  it('fewer iterations are read and reported', async () => {
    const { pkcs8, iterations } = await decryptPkcs8(await forge({ iterations: 1 }), PASSWORD)
    expect({ pkcs8, iterations }).toEqual({ pkcs8: SMALL_KEY, iterations: 1 })
    const pem = await lightPem(pkcs8Of('rsa2048'))
    expect(await importPrivateKeyPem(pem, { password: PASSWORD })).toMatchObject({ iterations: 1 })
  })

  it.each([
    ['another', 'correct horse 🔋 staplE'],
    ['a shorter one', PASSWORD.slice(0, -1)],
    ['a longer one', `${PASSWORD} `],
    ['one of more than 1,023 bytes', 'x'.repeat(5000)],
  ])('%s does not open it', async (_, password) => {
    const pem = await lightPem(pkcs8Of('rsa2048'))
    expectOpaque(await failureOf(importPrivateKeyPem(pem, { password })))
    expectOpaque(await failureOf(decryptPkcs8(derOf(pem), password)))
  })

  it('two spellings of a letter are two passwords, as in OpenSSL', async () => {
    const [composed, decomposed] = ['p\u00e4ssword', 'pa\u0308ssword']
    const der = await forge({ password: composed })
    expect((await decryptPkcs8(der, composed)).pkcs8).toEqual(SMALL_KEY)
    expectOpaque(await failureOf(decryptPkcs8(der, decomposed)))
  })

  it('200 wrong passwords all fail alike, even where the padding happens to be right', async () => {
    const der = await forge({ content: pkcs8Of('rsa2048') })
    for (let i = 0; i < 200; i++) expectOpaque(await failureOf(decryptPkcs8(der, `wrong ${i}`)))
  })

  it.each([
    ['EC', derOf(REFUSED_PRIVATE_KEYS.ec)],
    ['RSA-PSS', derOf(REFUSED_PRIVATE_KEYS.rsaPss)],
    ['1024 bits', derOf(REFUSED_PRIVATE_KEYS.bits1024)],
    ['e = 3', derOf(REFUSED_PRIVATE_KEYS.exponent3)],
    ['Ed25519', SMALL_KEY],
    ['a modulus that is not the product of the primes', spoil(pkcs8Of('rsa2048'), 100)],
  ])('a key inside that is not ours to use fails as a wrong password does: %s', async (_, content) => {
    const pem = await lightPem(content)
    expect((await decryptPkcs8(derOf(pem), PASSWORD)).pkcs8).toEqual(content)
    expectOpaque(await failureOf(importPrivateKeyPem(pem, { password: PASSWORD })))
  })

  it('without it there is nothing to be had, and no guessing', async () => {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    const error = await failureOf(importPrivateKeyPem(await lightPem(SMALL_KEY)))
    expect(error).toBeInstanceOf(KeyStoreError)
    expect(error).toMatchObject({
      code: 'locked',
      message: 'The private key is encrypted: its password is needed.',
    })
    expect(decrypt).not.toHaveBeenCalled()
  })
})

describe('without a password', () => {
  it('the text is what OpenSSL writes, and is read', async () => {
    expect(await exportPrivateKeyPem(pair)).toBe(PLAIN)
    const imported = await importPrivateKeyPem(PLAIN)
    expect(imported.keyPair.publicKey.fingerprint).toBe(FINGERPRINTS.rsa2048)
    expect(imported.keyPair.privateKey.extractable).toBe(false)
    expect('iterations' in imported).toBe(false)
  })

  it('a key that is in clear is read with a password too, and no iterations say so', async () => {
    const imported = await importPrivateKeyPem(PLAIN, { password: PASSWORD, exportable: true })
    expect('iterations' in imported).toBe(false)
    expect(await exportPrivateKeyPem(imported.keyPair)).toBe(PLAIN)
  })

  it.each([
    ['1024 bits', REFUSED_PRIVATE_KEYS.bits1024, 'its modulus has 1024 bits'],
    ['EC', REFUSED_PRIVATE_KEYS.ec, 'its algorithm is not rsaEncryption'],
    [
      'a modulus that is not the product of the primes',
      encodePem('PRIVATE KEY', spoil(pkcs8Of('rsa2048'), 100)),
      /its numbers do not belong together|this runtime cannot import it/,
    ],
  ])('%s is refused with the reason', async (_, pem, reason) => {
    const error = await failureOf(importPrivateKeyPem(pem))
    expect(error).toBeInstanceOf(SecurityError)
    expect(error).toMatchObject({ code: 'key_refused' })
    expect((error as Error).message).toMatch(reason)
    assertNoSecrets(error, linesOfPem(pem))
  })
})

describe('text that is no private key is unreadable', () => {
  const notOne = 'it is not one block of PEM and nothing else'
  const label = 'its label is neither PRIVATE KEY nor ENCRYPTED PRIVATE KEY'
  it.each([
    ['nothing', '', notOne],
    ['a word', 'PRIVATE KEY', notOne],
    ['two blocks', PLAIN + PLAIN, notOne],
    ['text before it', `Bag Attributes\n${PLAIN}`, notOne],
    ['more than 32 KiB', PLAIN + '\n'.repeat(32_768), notOne],
    ['OpenSSL’s own encryption', PLAIN.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'), notOne],
    ['a public key', RSA2048_PUBLIC, `${label}.`],
    ['PKCS#1', PLAIN.replaceAll(' PRIVATE', ' RSA PRIVATE'), `${label}: \`openssl pkcs8 -topk8\``],
    ['SEC 1', PLAIN.replaceAll(' PRIVATE', ' EC PRIVATE'), `${label}.`],
    ['a key in clear that says it is encrypted', PLAIN.replaceAll(' PRIVATE', ' ENCRYPTED PRIVATE'), 'DER'],
  ])('%s', async (_, pem, reason) => {
    const error = await failureOf(importPrivateKeyPem(pem, { password: PASSWORD }))
    expect(error).toBeInstanceOf(KeyStoreError)
    expect(error).toMatchObject({ code: 'unreadable' })
    expect((error as Error).message).toContain(reason)
    assertNoSecrets(error, [PASSWORD, ...linesOfPem(PLAIN)])
  })

  it('an encrypted key that says it is in clear is refused', async () => {
    const pem = encodePem('PRIVATE KEY', await forge())
    expect(await failureOf(importPrivateKeyPem(pem))).toMatchObject({ code: 'key_refused' })
  })

  it('what is no text at all', async () => {
    for (const value of [undefined, null, 1, utf8(PLAIN)]) {
      expect(await failureOf(importPrivateKeyPem(value as never))).toMatchObject({ code: 'unreadable' })
    }
  })
})

describe('the caller’s mistakes are ValidationErrors, before anything is derived', () => {
  const unusable: [string, unknown][] = [
    ['an empty password', ''],
    ['null', null],
    ['bytes', utf8(PASSWORD)],
    ['half of a surrogate pair', 'secret half \ud83d'],
  ]
  const tooLong: [string, unknown][] = [['1,024 bytes of password', 'ä'.repeat(512)]]
  const missing: [string, unknown][] = [['a password that is there but undefined', undefined]]

  async function expectInvalid(run: () => Promise<unknown>): Promise<void> {
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
    const error = await failureOf(run())
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'validation_failed' })
    expect(deriveKey).not.toHaveBeenCalled()
    assertNoSecrets(error, ['secret half', 'ää'.repeat(4), ...linesOfPem(PLAIN)])
  }

  it.each([...unusable, ...tooLong, ...missing])('exporting: %s', async (_, password) => {
    await expectInvalid(() => exportPrivateKeyPem(pair, { password: password as string }))
    await expectInvalid(() => encryptPkcs8(SMALL_KEY, password as string))
  })

  it.each(unusable)('importing: %s', async (_, password) => {
    const pem = await lightPem(pkcs8Of('rsa2048'))
    vi.restoreAllMocks()
    await expectInvalid(() => importPrivateKeyPem(pem, { password: password as string }))
    await expectInvalid(() => importPrivateKeyPem(PLAIN, { password: password as string }))
    await expectInvalid(() => decryptPkcs8(derOf(pem), password as string))
  })

  it('a key that was not made exportable', async () => {
    const kept = await keyPair('rsa2048')
    await expectInvalid(() => exportPrivateKeyPem(kept))
    await expectInvalid(() => exportPrivateKeyPem(kept, { password: PASSWORD }))
  })

  it('what is not PKCS#8 is not encrypted, for it could not be read again', async () => {
    const { spki } = pair.publicKey
    const notKeys = [
      new Uint8Array(),
      utf8('secret half'),
      spki,
      SMALL_KEY.subarray(1),
      derOf(await lightPem(SMALL_KEY)),
    ]
    vi.restoreAllMocks()
    for (const bytes of notKeys) await expectInvalid(() => encryptPkcs8(bytes, PASSWORD))
  })
})

describe('what lay in memory', () => {
  it('is overwritten after exporting: the key, its copy and the password', async () => {
    const exportKey = vi.spyOn(crypto.subtle, 'exportKey')
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt')
    await exportPrivateKeyPem(pair, { password: PASSWORD })
    const pkcs8 = new Uint8Array(pkcs8Of('rsa2048').length)
    expect(new Uint8Array((await exportKey.mock.results[0]!.value) as ArrayBuffer)).toEqual(pkcs8)
    expect(encrypt.mock.calls[0]![2]).toEqual(pkcs8)
    expect(importKey.mock.calls[0]![1]).toEqual(new Uint8Array(utf8(PASSWORD).length))
  })

  it('is overwritten after importing, whether or not that worked', async () => {
    for (const content of [pkcs8Of('rsa2048'), SMALL_KEY, utf8('not a key')]) {
      const pem = await lightPem(content)
      const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
      const importKey = vi.spyOn(crypto.subtle, 'importKey')
      await importPrivateKeyPem(pem, { password: PASSWORD }).catch(() => {})
      const decrypted = (await decrypt.mock.results[0]!.value) as ArrayBuffer
      expect(new Uint8Array(decrypted)).toEqual(new Uint8Array(content.length))
      expect(importKey.mock.calls[0]![1]).toEqual(new Uint8Array(utf8(PASSWORD).length))
      vi.restoreAllMocks()
    }
  })

  it('belongs to the caller if the caller gave it', async () => {
    const pkcs8 = SMALL_KEY.slice()
    const der = await encryptPkcs8(pkcs8, PASSWORD)
    expect(pkcs8).toEqual(SMALL_KEY)
    const copy = der.slice()
    expect((await decryptPkcs8(der, PASSWORD)).pkcs8).toEqual(SMALL_KEY)
    expect(der).toEqual(copy)
  })

  it('a view into a larger buffer is read as its own bytes', async () => {
    const der = await forge()
    const larger = new Uint8Array(der.length + 20).fill(0x30)
    larger.set(der, 10)
    const view = larger.subarray(10, 10 + der.length)
    expect((await decryptPkcs8(view, PASSWORD)).pkcs8).toEqual(SMALL_KEY)
  })
})

it('without crypto.subtle it says so, and draws nothing', async () => {
  const der = await forge()
  vi.stubGlobal('crypto', { getRandomValues: () => expect.fail('nothing must be drawn') })
  try {
    for (const run of [() => encryptPkcs8(SMALL_KEY, PASSWORD), () => decryptPkcs8(der, PASSWORD)]) {
      expect(await failureOf(run())).toMatchObject({ name: 'SecurityError', code: 'insecure_context' })
    }
  } finally {
    vi.unstubAllGlobals()
  }
})

it('PEM with CRLF and white space around it is read', async () => {
  const pem = ` \r\n${(await lightPem(pkcs8Of('rsa2048'))).replaceAll('\n', '\r\n')}\t`
  expect(decodePem(pem)?.label).toBe('ENCRYPTED PRIVATE KEY')
  const { keyPair: imported } = await importPrivateKeyPem(pem, { password: PASSWORD })
  expect(imported.publicKey.fingerprint).toBe(FINGERPRINTS.rsa2048)
})
