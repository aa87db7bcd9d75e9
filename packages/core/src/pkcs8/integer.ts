/** INTEGER in DER (X.690 section 8.3), as far as counts and lengths go. */
import type { Bytes } from '../lib/bytes.js'

/** Numbers of so many bytes are exact in JavaScript. */
const MAX_BYTES = 6

/**
 * The number that the content of an element stands for: -1 for any negative one, Infinity for one of more
 * than six bytes, undefined if it is not written in the fewest bytes.
 */
export function decodeInteger(content: Uint8Array): number | undefined {
  const [first, second] = content
  if (first === undefined) return undefined
  if (second !== undefined && first === (second < 0x80 ? 0 : 0xff)) return undefined
  if (first > 0x7f) return -1
  return content.length > MAX_BYTES ? Infinity : content.reduce((sum, digit) => sum * 256 + digit, 0)
}

/** The content of an element for a number from 1 to 2^31 - 1. */
export function encodeInteger(value: number): Bytes {
  const digits: number[] = []
  for (let rest = value; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff)
  return Uint8Array.from(digits[0]! > 0x7f ? [0, ...digits] : digits)
}
