/** OBJECT IDENTIFIER in DER (X.690 section 8.19), to and from the dotted decimal that people know. */
import { element } from '../lib/der.js'
import type { Bytes } from '../lib/bytes.js'

export const OBJECT_IDENTIFIER = 0x06

/** More than any algorithm's identifier takes, in bytes. */
const MAX_BYTES = 32
/** The seven-bit digits of one arc: larger ones would not be exact below. */
const MAX_DIGITS = 5

/** The element for `dotted`, such as `2.16.840.1.101.3.4.1.42`. */
export function encodeOid(dotted: string): Bytes {
  const [root = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  return element(OBJECT_IDENTIFIER, Uint8Array.from([root * 40 + second, ...arcs].flatMap(digitsOf)))
}

/** The dotted decimal for the content of an element, or undefined if it is not well-formed, or very long. */
export function decodeOid(content: Uint8Array): string | undefined {
  if (content.length === 0 || content.length > MAX_BYTES) return undefined
  const arcs: number[] = []
  let arc = 0
  let digits = 0
  for (const octet of content) {
    if (++digits > MAX_DIGITS || (digits === 1 && octet === 0x80)) return undefined
    arc = arc * 128 + (octet & 0x7f)
    if (octet > 0x7f) continue
    arcs.push(arc)
    arc = digits = 0
  }
  if (digits > 0) return undefined
  const [first = 0, ...rest] = arcs
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...rest].join('.')
}

function digitsOf(arc: number): number[] {
  const digits = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(0x80 | (rest & 0x7f))
  }
  return digits
}
