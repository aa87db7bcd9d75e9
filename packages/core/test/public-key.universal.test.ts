import { encodePem, importPublicKey, isSamePublicKey, SecurityError } from '@nomyo/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat } from '../src/lib/bytes.js'
import { FINGERPRINTS, PRIVATE_KEYS, RSA2048_PUBLIC } from './fixtures/keys.js'
import { REFUSED_PUBLIC_KEYS } from './fixtures/refused-keys.js'
import { derOf, KEY_NAMES, keyPair, linesOfPem } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'
import { buildSpki, modulusOf, NULL, RSA_ENCRYPTION_OID } from './spki.js'

const SPKI = derOf(RSA2048_PUBLIC)
/** The modulus of `rsa2048`, with the zero byte that keeps it positive. */
const MODULUS = Array.from(SPKI.subarray(32, 32 + 257))
const ROUTER = "Router's key"

function failureOf(source: string | Uint8Array): Promise<unknown> {
  return importPublicKey(source).then(
    () => 'it was imported',
    (error: unknown) => error,
  )
}

/** Asserts that `source` is refused for `reason`, and before the engine sees it. */
async function expectRefused(source: string | Uint8Array, reason: string | RegExp): Promise<void> {
  const importKey = vi.spyOn(crypto.subtle, 'importKey')
  const error = await failureOf(source)
  expect(error).toBeInstanceOf(SecurityError)
  expect(error).toMatchObject({ name: 'SecurityError', code: 'key_refused' })
  expect((error as Error).message).toMatch(/^The RSA key is refused: .+\.$/)
  expect((error as Error).message).toMatch(reason)
  expect(error).not.toHaveProperty('cause')
  assertNoSecrets(error, linesOfPem(PRIVATE_KEYS.rsa2048))
  expect(importKey).not.toHaveBeenCalled()
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a public key', () => {
  it.each(KEY_NAMES)('%s is imported from PEM and from DER', async (name) => {
    const known = (await keyPair(name)).publicKey
    const bits = Number(name.slice(3, 7))
    for (const source of [known.pem, known.spki, known.pem.replaceAll('\n', '\r\n'), `\n ${known.pem} \n`]) {
      const key = await importPublicKey(source)
      expect(key).toMatchObject({ modulusLength: bits, pem: known.pem, fingerprint: FINGERPRINTS[name] })
      expect(key.spki).toEqual(known.spki)
      expect(key.key).toMatchObject({ type: 'public', usages: ['encrypt', 'wrapKey'] })
      expect(key.key.algorithm).toMatchObject({
        name: 'RSA-OAEP',
        hash: { name: 'SHA-256' },
        modulusLength: bits,
      })
    }
  })

  it('is written as OpenSSL writes it', async () => {
    expect((await importPublicKey(RSA2048_PUBLIC)).pem).toBe(RSA2048_PUBLIC)
  })

  it('does not change when the caller changes the bytes it was made of', async () => {
    const source = new Uint8Array(SPKI)
    const key = await importPublicKey(source)
    source.fill(0)
    expect(key.spki).toEqual(SPKI)
  })

  it('is the same as itself and no other', async () => {
    const [one, other] = await Promise.all([keyPair('rsa2048'), keyPair('rsa2048Other')])
    expect(isSamePublicKey(one.publicKey, await importPublicKey(RSA2048_PUBLIC))).toBe(true)
    expect(isSamePublicKey(one.publicKey, other.publicKey)).toBe(false)
  })

  it('that is built by hand is the same, so that what is refused below is refused for one reason', () => {
    expect(buildSpki({ modulus: MODULUS })).toEqual(SPKI)
  })
})

describe(`${ROUTER}: another kind of key`, () => {
  it('1024 bits', () => expectRefused(REFUSED_PUBLIC_KEYS.bits1024, 'its modulus has 1024 bits'))
  it('2047 bits', () => expectRefused(buildSpki({ modulus: modulusOf(2047) }), 'its modulus has 2047 bits'))
  it('8193 bits', () => expectRefused(buildSpki({ modulus: modulusOf(8193) }), 'its modulus has 8193 bits'))
  it('16384 bits', () =>
    expectRefused(buildSpki({ modulus: modulusOf(16384) }), 'its modulus has 16384 bits'))
  it('e = 1, 3: 1', () => expectRefused(buildSpki({ modulus: MODULUS, exponent: [1] }), 'not 65537'))
  it('e = 1, 3: 3', () => expectRefused(REFUSED_PUBLIC_KEYS.exponent3, 'not 65537'))
  it.each([[[0]], [[]], [[1, 0, 0]], [[1, 0, 3]], [[0xff]], [[0, 0x80, 0, 0, 1]], [[1, 0, 1, 0]]])(
    'e = %j',
    (exponent) => expectRefused(buildSpki({ modulus: MODULUS, exponent }), 'not 65537'),
  )
  it('e = 65537 with a leading zero', () =>
    expectRefused(buildSpki({ modulus: MODULUS, exponent: [0, 1, 0, 1] }), 'not 65537'))
  it('EC', () => expectRefused(REFUSED_PUBLIC_KEYS.ec, 'its algorithm is not rsaEncryption'))
  it('RSA-PSS', () => expectRefused(REFUSED_PUBLIC_KEYS.rsaPss, 'its algorithm is not rsaEncryption'))
  it('even modulus', () =>
    expectRefused(
      buildSpki({ modulus: [...MODULUS.slice(0, -1), MODULUS.at(-1)! ^ 1] }),
      'its modulus is even',
    ))
  it('negative modulus', () => expectRefused(buildSpki({ modulus: MODULUS.slice(1) }), 'its modulus'))
  it('modulus of zero', () =>
    expectRefused(buildSpki({ modulus: Array<number>(257).fill(0) }), 'its modulus'))
  it('modulus without bytes', () => expectRefused(buildSpki({ modulus: [] }), 'its modulus'))
})

describe(`${ROUTER}: sizes at the bounds`, () => {
  it.each([2048, 3072, 4096, 8192])('%i bits pass every check of ours', async (bits) => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    await failureOf(buildSpki({ modulus: modulusOf(bits) }))
    expect(importKey).toHaveBeenCalledOnce()
  })

  it('what only the engine refuses is refused without its words', async () => {
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new Error('words of the engine'))
    const error = await failureOf(RSA2048_PUBLIC)
    expect(error).toMatchObject({ code: 'key_refused' })
    expect((error as Error).message).toMatch('this runtime cannot import it')
    assertNoSecrets(error, ['words of the engine'])
  })
})

describe(`${ROUTER}: DER that is not canonical`, () => {
  it('trailing DER', () => expectRefused(concat(SPKI, Uint8Array.of(5, 0)), 'bytes follow its end'))
  it('trailing DER, in PEM', () =>
    expectRefused(encodePem('PUBLIC KEY', concat(SPKI, SPKI)), 'bytes follow its end'))
  it.each(['outer', 'algorithm', 'bits', 'key', 'modulus', 'exponent'] as const)(
    'long-form length: %s',
    (longLengthOf) =>
      expectRefused(buildSpki({ modulus: MODULUS, longLengthOf }), /DER|rsaEncryption|RSA key/),
  )
  it('leading zero in the modulus', () =>
    expectRefused(buildSpki({ modulus: [0, ...MODULUS] }), 'its DER is not canonical'))
  it('leading zero in the modulus, where none is needed at all', () =>
    expectRefused(buildSpki({ modulus: [0, ...modulusOf(2055)] }), 'its DER is not canonical'))
  it('missing NULL', () =>
    expectRefused(buildSpki({ modulus: MODULUS, algorithm: RSA_ENCRYPTION_OID }), 'not rsaEncryption'))
  it('NULL twice', () =>
    expectRefused(
      buildSpki({ modulus: MODULUS, algorithm: [...RSA_ENCRYPTION_OID, ...NULL, ...NULL] }),
      'not rsaEncryption',
    ))
  it('unused bits in the BIT STRING', () =>
    expectRefused(buildSpki({ modulus: MODULUS, unusedBits: [1] }), 'not DER of a SubjectPublicKeyInfo'))
  it('BIT STRING without content', () =>
    expectRefused(
      Uint8Array.of(0x30, 17, 0x30, 13, ...RSA_ENCRYPTION_OID, ...NULL, 3, 0),
      'not DER of a SubjectPublicKeyInfo',
    ))
  it('junk behind the exponent', () =>
    expectRefused(buildSpki({ modulus: MODULUS, afterExponent: [2, 1, 3] }), 'its DER is not canonical'))
  it('junk behind the key', () =>
    expectRefused(buildSpki({ modulus: MODULUS, afterKey: [5, 0] }), 'it holds no RSA key'))
  it('junk behind the BIT STRING', () =>
    expectRefused(buildSpki({ modulus: MODULUS, afterBits: [5, 0] }), 'not DER of a SubjectPublicKeyInfo'))
  it.each([1, 2, 20, 100, 293])('cut by %i bytes', (bytes) =>
    expectRefused(SPKI.subarray(0, -bytes), 'not DER of a SubjectPublicKeyInfo'),
  )

  it('one bit flipped in each byte in front of the modulus', async () => {
    for (let i = 0; i < 32; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = new Uint8Array(SPKI)
        flipped[i]! ^= 1 << bit
        await expectRefused(flipped, /./)
      }
    }
  })
})

describe(`${ROUTER}: no SPKI at all`, () => {
  it('junk', () => expectRefused(crypto.getRandomValues(new Uint8Array(294)).fill(7, 0, 1), 'not DER'))
  it('nothing', () => expectRefused(new Uint8Array(), 'not DER'))
  it('empty text', () => expectRefused('', 'not exactly one PEM block'))
  it('two PEMs', () => expectRefused(RSA2048_PUBLIC + RSA2048_PUBLIC, 'not exactly one PEM block'))
  it('text before it', () => expectRefused(`key:\n${RSA2048_PUBLIC}`, 'not exactly one PEM block'))
  it('text behind it', () => expectRefused(`${RSA2048_PUBLIC}#`, 'not exactly one PEM block'))
  it('a private PEM', () => expectRefused(PRIVATE_KEYS.rsa2048, 'its PEM block is not a PUBLIC KEY'))
  it('a private PEM, relabelled', () =>
    expectRefused(PRIVATE_KEYS.rsa2048.replaceAll('PRIVATE', 'PUBLIC'), /DER|rsaEncryption/))
  it('a private key as DER', () => expectRefused(derOf(PRIVATE_KEYS.rsa2048), /DER/))
  it('an RSA PUBLIC KEY (PKCS#1)', () =>
    expectRefused(RSA2048_PUBLIC.replaceAll('PUBLIC', 'RSA PUBLIC'), 'not a PUBLIC KEY'))
  it('a certificate', () =>
    expectRefused(RSA2048_PUBLIC.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'not a PUBLIC KEY'))
  it('HTML with 200', () =>
    expectRefused('<!doctype html><html><title>Welcome</title></html>', 'not exactly one PEM block'))
  it('HTML around the key', () => expectRefused(`<pre>${RSA2048_PUBLIC}</pre>`, 'not exactly one PEM block'))
  it('JSON around the key', () => expectRefused(JSON.stringify(RSA2048_PUBLIC), 'not exactly one PEM block'))

  const megabyte = 1_000_000
  const bodies: [string, () => string][] = [
    ['HTML', () => '<p>'.repeat(megabyte / 3)],
    ['white space', () => ' '.repeat(megabyte)],
    ['white space around the key', () => ' '.repeat(megabyte) + RSA2048_PUBLIC + ' '.repeat(megabyte) + 'x'],
    ['base64 in a PEM', () => encodePem('PUBLIC KEY', new Uint8Array(megabyte))],
    ['DER elements in a PEM', () => encodePem('PUBLIC KEY', buildSpki({ modulus: modulusOf(8 * megabyte) }))],
    ['a PEM without an end', () => `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(megabyte)}`],
    ['beginnings', () => '-----BEGIN PUBLIC KEY-----\n'.repeat(megabyte / 27)],
    ['a label', () => `-----BEGIN ${'A'.repeat(megabyte)}-----\n`],
    ['dashes', () => '-'.repeat(megabyte)],
  ]
  it.each(bodies)(
    '1 MB body: %s',
    async (_, body) => {
      await expectRefused(body(), /PEM|DER|bits/)
    },
    5000,
  )
})
