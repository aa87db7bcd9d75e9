import { ValidationError } from '../errors.js'
import { utf8 } from '../lib/bytes.js'

/**
 * The longest password that a key is encrypted with, in bytes of UTF-8: OpenSSL cuts longer ones off, and
 * Python's cryptography refuses them.
 */
export const MAX_PASSWORD_BYTES = 1023

const LONE_SURROGATE = /\p{Surrogate}/u

/** @throws ValidationError unless it is text of 1 to `maxBytes` bytes of UTF-8. */
export function checkPassword(password: string, maxBytes: number = Infinity): void {
  if (typeof password !== 'string' || password === '') {
    throw new ValidationError('The password must be a string that is not empty.')
  }
  // As UTF-8 they all become U+FFFD, so that another password would do as well.
  if (LONE_SURROGATE.test(password)) {
    throw new ValidationError('The password holds half of a surrogate pair, which UTF-8 cannot express.')
  }
  if (sizeOf(password) > maxBytes) {
    throw new ValidationError(`The password has more than ${maxBytes} bytes of UTF-8.`)
  }
}

function sizeOf(password: string): number {
  const bytes = utf8(password)
  bytes.fill(0)
  return bytes.length
}
