/** Encrypted keys of every kind that is read, and every kind that is not. */
import { encodePem, KeyStoreError } from '@nomyo/core'
import { decryptPkcs8, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { decodeInteger, encodeInteger } from '../src/pkcs8/integer.js'
import { decodeOid, encodeOid } from '../src/pkcs8/oid.js'
import { FINGERPRINTS } from './fixtures/keys.js'
import { pkcs8Of } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'
import {
  expectOpaque,
  failureOf,
  forge,
  hex,
  OIDS,
  PASSWORD,
  prfOf,
  SMALL_KEY,
  tlv,
  toHex,
  type DerParts,
} from './pkcs8-forge.js'

afterEach(() => {
  vi.restoreAllMocks()
})

function flipBit(bytes: Uint8Array, index: number, bit: number): Uint8Array {
  return bytes.map((byte, i) => (i === index ? byte ^ (1 << bit) : byte))
}

function expectUnreadable(error: unknown, reason: string): void {
  expect(error).toBeInstanceOf(KeyStoreError)
  expect(error).toMatchObject({ code: 'unreadable' })
  expect((error as Error).message).toContain(reason)
  expect('cause' in (error as Error)).toBe(false)
  assertNoSecrets(error, [PASSWORD])
}

describe('is read', () => {
  const hashes = ['sha1', 'sha256', 'sha384', 'sha512'] as const
  const ciphers = ['aes128', 'aes256'] as const
  const table = hashes.flatMap((hash) => ciphers.map((cipher) => [hash, cipher] as const))

  it.each(table)('%s, %s', async (hash, cipher) => {
    const der = await forge({ hash, cipher, iterations: 3 })
    expect(await decryptPkcs8(der, PASSWORD)).toEqual({ pkcs8: SMALL_KEY, iterations: 3 })
  })

  it('aes192 where the runtime has it, or else the reason', async () => {
    const cipher = { name: 'AES-CBC', length: 192 }
    const isOffered = await crypto.subtle.generateKey(cipher, false, ['encrypt']).then(
      () => true,
      () => false,
    )
    const der = isOffered ? await forge({ cipher: 'aes192' }) : await forge({}, { cipherOid: OIDS.aes192 })
    const result = decryptPkcs8(der, PASSWORD)
    if (isOffered) expect((await result).pkcs8).toEqual(SMALL_KEY)
    else expectUnreadable(await failureOf(result), 'this runtime does not offer')
  })

  it('no pseudorandom function: it is HMAC with SHA-1', async () => {
    const der = await forge({ hash: 'sha1' }, { prf: '' })
    expect((await decryptPkcs8(der, PASSWORD)).pkcs8).toEqual(SMALL_KEY)
  })

  it.each([
    ['aes128', '020110'],
    ['aes256', '020120'],
  ] as const)('the key length of %s, named', async (cipher, keyLength) => {
    const der = await forge({ cipher }, { keyLength })
    expect((await decryptPkcs8(der, PASSWORD)).pkcs8).toEqual(SMALL_KEY)
  })

  it.each([1, 8, 64])('a salt of %i bytes', async (size) => {
    const der = await forge({ salt: new Uint8Array(size).fill(7) })
    expect((await decryptPkcs8(der, PASSWORD)).pkcs8).toEqual(SMALL_KEY)
  })

  it.each([127, 128, 255, 256, 2048, 32_768, 100_000])('%i iterations', async (iterations) => {
    expect(await decryptPkcs8(await forge({ iterations }), PASSWORD)).toMatchObject({ iterations })
  })

  it('10,000,000 iterations, which are handed on', async () => {
    const der = await forge({}, { count: '020400989680' })
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey').mockRejectedValue(new Error('enough'))
    await failureOf(decryptPkcs8(der, PASSWORD))
    expect(deriveKey.mock.calls[0]![0]).toMatchObject({ iterations: 10_000_000, hash: 'SHA-256' })
  })

  it.each([
    ['attributes', tlv('a0', '3000')],
    ['a public key', tlv('81', '00aa')],
    ['both', tlv('a0', '3000') + tlv('81', '00aa')],
  ])('a key with %s behind it', async (_, ending) => {
    const content = hex(
      tlv(
        '30',
        toHex(SMALL_KEY)
          .slice(4)
          .replace(/^020100/, '020101') + ending,
      ),
    )
    expect((await decryptPkcs8(await forge({ content }), PASSWORD)).pkcs8).toEqual(content)
  })
})

describe('is refused with the reason, and nothing is computed', () => {
  const structure = 'it is not DER of an EncryptedPrivateKeyInfo'
  const notPositive = 'its iteration count is not positive'
  const tooMany = 'it asks for more than 10000000 iterations'
  const keyLength = 'its key length is not that of its cipher'
  const blocks = 'its ciphertext is not a whole number of AES blocks'
  const salt16 = tlv('04', '00'.repeat(16))
  const cases: [string, DerParts, string][] = [
    [
      'scrypt',
      { kdfOid: OIDS.scrypt, kdfParameters: tlv('30', `${salt16}02024000020108020101`) },
      'its key derivation, scrypt, is not supported here',
    ],
    [
      '3DES',
      { cipherOid: OIDS.tripleDes, cipherParameters: tlv('04', '00'.repeat(8)), ciphertext: '00'.repeat(56) },
      'its cipher, 3DES, is not supported here',
    ],
    [
      'AES-GCM',
      { cipherOid: OIDS.aes256gcm, cipherParameters: tlv('30', tlv('04', '00'.repeat(12))) },
      'its cipher, AES-256-GCM, is not supported here',
    ],
    [
      'PKCS#12',
      {
        schemeOid: OIDS.pbeSha1TripleDes,
        schemeParameters: tlv('30', `${tlv('04', '00'.repeat(8))}02020800`),
      },
      'its encryption, PKCS#12 encryption with 3DES, is not supported here',
    ],
    [
      'HMAC with SHA-224',
      { prf: prfOf(OIDS.sha224) },
      'its pseudorandom function, HMAC with SHA-224, is not supported here',
    ],
    [
      'an algorithm that nobody knows',
      { schemeOid: '06052a03040506' },
      'its encryption, the algorithm 1.2.3.4.5.6, is not supported here',
    ],
    ['0 iterations', { count: '020100' }, notPositive],
    ['-1 iterations', { count: '0201ff' }, notPositive],
    ['-2^31 iterations', { count: '020480000000' }, notPositive],
    ['10,000,001 iterations', { count: '020400989681' }, tooMany],
    ['10^9 iterations', { count: '02043b9aca00' }, tooMany],
    ['2^32 + 1 iterations', { count: '02050100000001' }, tooMany],
    ['2^64 + 1 iterations', { count: '0209010000000000000001' }, tooMany],
    ['a count with a zero in front', { count: '02020001' }, structure],
    ['a count of no bytes', { count: '0200' }, structure],
    ['a count that is no INTEGER', { count: '0a0101' }, structure],
    ['no count', { count: '' }, structure],
    ['an empty salt', { salt: '0400' }, 'its salt has 0 bytes'],
    ['a salt of 65 bytes', { salt: tlv('04', '00'.repeat(65)) }, 'its salt has 65 bytes'],
    ['a salt from elsewhere', { salt: prfOf(OIDS.sha256) }, structure],
    ['a salt in pieces', { salt: tlv('24', tlv('04', '0000')) }, structure],
    ['the key length of another cipher', { keyLength: '020110' }, keyLength],
    ['a key length of 0', { keyLength: '020100' }, keyLength],
    ['a key length of -32', { keyLength: '0201e0' }, keyLength],
    ['a key length of 2^40', { keyLength: '0206010000000000' }, keyLength],
    ['two key lengths', { keyLength: '020120020120' }, structure],
    ['two functions', { prf: prfOf(OIDS.sha256) + prfOf(OIDS.sha256) }, structure],
    ['a function without its NULL', { prf: prfOf(OIDS.sha256, '') }, structure],
    ['a function with a NULL that is none', { prf: prfOf(OIDS.sha256, '050100') }, structure],
    ['a function with two NULLs', { prf: prfOf(OIDS.sha256, '05000500') }, structure],
    ['a function before the key length', { prf: `${prfOf(OIDS.sha256)}020120` }, structure],
    ['an IV of 15 bytes', { cipherParameters: tlv('04', '00'.repeat(15)) }, 'its IV has 15 bytes, not 16'],
    ['an IV of 17 bytes', { cipherParameters: tlv('04', '00'.repeat(17)) }, 'its IV has 17 bytes, not 16'],
    ['no IV', { cipherParameters: '' }, structure],
    ['an IV that is NULL', { cipherParameters: '0500' }, structure],
    ['two IVs', { cipherParameters: salt16 + salt16 }, structure],
    ['no ciphertext', { ciphertext: '' }, blocks],
    ['half a block', { ciphertext: '00'.repeat(24) }, blocks],
    ['17 KiB', { ciphertext: '00'.repeat(17 * 1024) }, 'it has more than 16384 bytes'],
    ['a third element', { tail: '0500' }, structure],
    ['parameters missing', { schemeParameters: '' }, structure],
    ['parameters that are NULL', { schemeParameters: '0500' }, structure],
    ['derivation without a cipher', { schemeParameters: tlv('30', tlv('30', OIDS.pbkdf2)) }, structure],
    ['an identifier of no bytes', { schemeOid: '0600' }, structure],
    ['an identifier that ends in the middle', { schemeOid: '06022a86' }, structure],
    ['an identifier that is padded', { schemeOid: '06032a8003' }, structure],
    ['an identifier of 33 bytes', { schemeOid: tlv('06', '2a'.repeat(33)) }, structure],
    ['an arc of six bytes', { schemeOid: '06072affffffffff7f' }, structure],
    ['no identifier', { schemeOid: '' }, structure],
  ]

  it.each(cases)('%s', async (_, parts, reason) => {
    const der = await forge({}, parts)
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
    expectUnreadable(await failureOf(decryptPkcs8(der, PASSWORD)), reason)
    const pem = encodePem('ENCRYPTED PRIVATE KEY', der)
    if (der.length < 16_384) {
      expectUnreadable(await failureOf(importPrivateKeyPem(pem, { password: PASSWORD })), reason)
    }
    expect(importKey).not.toHaveBeenCalled()
    expect(deriveKey).not.toHaveBeenCalled()
  })

  it('bytes before and after', async () => {
    const der = await forge()
    for (const spoilt of [concat(der, Uint8Array.of(0)), concat(Uint8Array.of(0), der), concat(der, der)]) {
      expectUnreadable(await failureOf(decryptPkcs8(spoilt, PASSWORD)), structure)
    }
  })

  it('an indefinite length, and one in more bytes than it takes', async () => {
    const body = toHex(await forge()).replace(/^3081../, '')
    const size = (body.length / 2).toString(16)
    for (const spoilt of [`3080${body}0000`, `308200${size}${body}`]) {
      expectUnreadable(await failureOf(decryptPkcs8(hex(spoilt), PASSWORD)), structure)
    }
  })
})

describe('altered', () => {
  it('cut at every length, it is unreadable', async () => {
    const der = await forge()
    for (let size = 0; size < der.length; size++) {
      expectUnreadable(await failureOf(decryptPkcs8(der.subarray(0, size), PASSWORD)), 'DER')
    }
  })

  it('with any one bit flipped, it is unreadable, fails as a wrong password does, or is another key', async () => {
    const der = await forge({ iterations: 2 })
    const seen = { unreadable: 0, decryption_failed: 0, decrypted: 0 }
    for (let i = 0; i < der.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const outcome = await decryptPkcs8(flipBit(der, i, bit), PASSWORD).catch((reason: unknown) => reason)
        if (KeyStoreError.isInstance(outcome)) {
          seen.unreadable++
          expectUnreadable(outcome, '')
        } else if (outcome instanceof Error) {
          seen.decryption_failed++
          expectOpaque(outcome)
        } else seen.decrypted++
      }
    }
    // CBC does not authenticate: bits of the key itself can be altered, the outline around it cannot.
    expect(seen.unreadable).toBeGreaterThan(400)
    expect(seen.decryption_failed).toBeGreaterThan(400)
    expect(seen.decrypted).toBeLessThan(400)
  })

  it('an RSA key with any one block of its ciphertext damaged is not taken for another', async () => {
    const der = await forge({ content: pkcs8Of('rsa2048') })
    const start = der.length - 1232
    let refused = 0
    for (let at = start + 5; at < der.length; at += 16) {
      const pem = encodePem('ENCRYPTED PRIVATE KEY', flipBit(der, at, 3))
      const outcome = await importPrivateKeyPem(pem, { password: PASSWORD }).catch(
        (reason: unknown) => reason,
      )
      if (outcome instanceof Error) {
        refused++
        expectOpaque(outcome)
      } else {
        // Only numbers that the engine does not need were hit.
        expect(outcome).toMatchObject({ keyPair: { publicKey: { fingerprint: FINGERPRINTS.rsa2048 } } })
      }
    }
    expect(refused).toBeGreaterThan(20)
  })

  const key = toHex(SMALL_KEY)
  it.each([
    ['nothing', ''],
    ['a byte', '30'],
    ['text', toHex(utf8('this is not a private key'))],
    ['zeros', '00'.repeat(48)],
    ['a byte behind it', `${key}00`],
    ['a byte before it', `00${key}`],
    ['the last byte missing', key.slice(0, -2)],
    ['a public key', tlv('30', tlv('30', '06032b6570') + tlv('03', `00${'aa'.repeat(32)}`))],
    ['version 2', key.replace('020100', '020102')],
    ['version -1', key.replace('020100', '0201ff')],
    ['no version', tlv('30', key.slice(10))],
    ['no key', '300a020100300506032b6570'],
    ['a key that is no OCTET STRING', key.replace('04220420', '03220420')],
    ['an algorithm without an identifier', key.replace('300506032b6570', '300502032b6570')],
    ['an empty algorithm', tlv('30', `0201003000${key.slice(24)}`)],
    ['a third element that is unknown', tlv('30', `${key.slice(4)}0500`)],
    ['attributes twice', tlv('30', `${key.slice(4)}a000a000`)],
    ['a public key before attributes', tlv('30', `${key.slice(4)}8100a000`)],
    ['an encrypted key', toHex(hex(tlv('30', tlv('30', OIDS.pbes2) + tlv('04', '00'.repeat(16)))))],
  ])('junk inside fails as a wrong password does: %s', async (_, content) => {
    const der = await forge({ content: hex(content) })
    expectOpaque(await failureOf(decryptPkcs8(der, PASSWORD)))
  })

  it('padding of 0, of 17, or of bytes that differ fails as a wrong password does', async () => {
    // The IV decides what a single block decrypts to.
    const der = await forge({ content: new Uint8Array(15) })
    const ivEnd = der.length - 18
    for (const padding of [0, 17, 2, 255]) {
      const spoilt = der.slice()
      spoilt[ivEnd - 1]! ^= 1 ^ padding
      expectOpaque(await failureOf(decryptPkcs8(spoilt, PASSWORD)))
    }
  })
})

describe('identifiers and numbers', () => {
  it.each([
    ['1.2.840.113549.1.5.13', '2a864886f70d01050d'],
    ['2.16.840.1.101.3.4.1.42', '60864801650304012a'],
    ['0.0', '00'],
    ['1.39.127.128', '4f7f8100'],
    ['2.999.4294967295', '88378fffffff7f'],
  ])('%s', (dotted, content) => {
    expect(toHex(encodeOid(dotted))).toBe(tlv('06', content))
    expect(decodeOid(hex(content))).toBe(dotted)
  })

  it.each([1, 127, 128, 255, 256, 32_767, 32_768, 600_000, 2 ** 31 - 1])('%i', (value) => {
    expect(decodeInteger(encodeInteger(value))).toBe(value)
  })
})
