/** Fingerprints of public keys: `sha256/` and the base64 of SHA-256 over the SPKI DER (RFC 7469 section 2.4). */
import { ValidationError } from '../errors.js'
import { fromBase64, toBase64 } from '../lib/base64.js'
import { subtle } from '../lib/subtle.js'

const PREFIX = 'sha256/'
const HEX = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i

/** The fingerprint of a public key's SPKI DER, `sha256/` and 44 characters of base64. */
export async function fingerprintOf(spki: Uint8Array): Promise<string> {
  const digest = await subtle().digest('SHA-256', new Uint8Array(spki))
  return PREFIX + toBase64(new Uint8Array(digest))
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
  throw new ValidationError(
    'A fingerprint is written sha256/ and 44 characters of base64, or 64 hexadecimal digits.',
  )
}
