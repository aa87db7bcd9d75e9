import { fingerprintOf, parseFingerprint, ValidationError } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { FINGERPRINTS, RSA2048_HEX, RSA2048_PUBLIC } from './fixtures/keys.js'
import { derOf } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'

const KNOWN = FINGERPRINTS.rsa2048
const COLONS = RSA2048_HEX.match(/../g)!.join(':')

describe('a fingerprint', () => {
  it('is what OpenSSL says', async () => {
    expect(await fingerprintOf(derOf(RSA2048_PUBLIC))).toBe(KNOWN)
    expect(KNOWN).toMatch(/^sha256\/[A-Za-z0-9+/]{43}=$/)
  })

  it.each([
    ['in its one form', KNOWN],
    ['with white space around it', ` \t${KNOWN}\n`],
    ['in hexadecimal', RSA2048_HEX],
    ['in hexadecimal capitals', RSA2048_HEX.toUpperCase()],
    ['in hexadecimal with colons', COLONS],
    ['in hexadecimal capitals with colons', ` ${COLONS.toUpperCase()} `],
  ])('is read %s', (_, text) => {
    expect(parseFingerprint(text)).toBe(KNOWN)
  })

  const base64 = KNOWN.slice('sha256/'.length)
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['base64 without its prefix', base64],
    ['another prefix', `sha1/${base64}`],
    ['a prefix in capitals', `SHA256/${base64}`],
    ['a colon behind the prefix', `sha256:${base64}`],
    ['OpenSSH’s form', `SHA256:${base64.slice(0, -1)}`],
    ['no padding', KNOWN.slice(0, -1)],
    ['a byte too few', 'sha256/MdU34aR7tmLepeXlvAhCim4cQ6a905kRNB8T39Bi3w=='],
    ['a byte too many', 'sha256/MdU34aR7tmLepeXlvAhCim4cQ6a905kRNB8T39Bi3/UA'],
    ['bits left over', `${KNOWN.slice(0, -2)}V=`],
    ['url-safe base64', KNOWN.replace('/UR', '_UR').replace('3/U', '3_U')],
    ['white space inside', `sha256/ ${base64}`],
    ['62 digits', RSA2048_HEX.slice(2)],
    ['63 digits', RSA2048_HEX.slice(1)],
    ['66 digits', `${RSA2048_HEX}00`],
    ['a letter that is no digit', `${RSA2048_HEX.slice(0, -1)}g`],
    ['a colon at the end', `${COLONS}:`],
    ['colons between single digits', RSA2048_HEX.match(/./g)!.join(':')],
    ['two fingerprints', `${KNOWN} ${KNOWN}`],
    ['a number', 5],
    ['undefined', undefined],
    ['null', null],
  ])('%s is none', (_, text) => {
    expect(() => parseFingerprint(text as string)).toThrow(ValidationError)
  })

  it('that is none is not repeated: somebody may have pasted a key', () => {
    const pasted = 'marker-pasted-secret-08f3'
    let failure: unknown
    try {
      parseFingerprint(pasted)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({ code: 'validation_failed' })
    assertNoSecrets(failure, [pasted])
  })
})
