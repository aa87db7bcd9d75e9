/** Fingerprints of public keys: `sha256/` and the base64 of SHA-256 over the SPKI DER (RFC 7469 section 2.4). */
import { ValidationError } from '../errors.js'
import { fromBase64, toBase64 } from '../lib/base64.js'
import type { Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'

const PREFIX = 'sha256/'
const HEX = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i

/** The fingerprint of a public key's SPKI DER, `sha256/` and 44 characters of base64. */
export async function fingerprintOf(spki: Uint8Array): Promise<string> {
  const digest = await subtle().digest('SHA-256', new Uint8Array(spki))
  return fingerprintOfHash(new Uint8Array(digest))
}

/** The fingerprint for 32 bytes of SHA-256. */
export function fingerprintOfHash(hash: Uint8Array): string {
  return PREFIX + toBase64(hash)
}

/** The 32 bytes of SHA-256 in a fingerprint that is known to be one. */
export function hashOfFingerprint(fingerprint: string): Bytes {
  return fromBase64(fingerprint.slice(PREFIX.length))!
}

/**
 * A fingerprint that somebody typed, in its one form: `sha256/…` passes, 64 hexadecimal digits (with or
 * without colons) are turned into it.
 * @throws ValidationError if it is neither.
 */
export function parseFingerprint(text: string): string {
  const given = typeof text === 'string' ? text.trim() : ''
  if (given.startsWith(PREFIX) && fromBase64(given.slice(PREFIX.length))?.length === 32) return given
  if (HEX.test(given)) {
    const digits = given.replaceAll(':', '').match(/../g)!
    return PREFIX + toBase64(Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16)))
  }
  throw new ValidationError('A fingerprint is sha256/ and 44 characters of base64, or 64 hexadecimal digits.')
}
