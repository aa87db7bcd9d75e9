/**
 * As much DER (X.690) as RSA keys need: reading one element, and writing the elements of a public key.
 * Only definite, minimal lengths and single-byte tags exist here.
 */
import { concat, type Bytes } from './bytes.js'

/** The tags of the elements that keys consist of (X.690 section 8). */
export const SEQUENCE = 0x30
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04

/** One element: its tag, its content, and the offset behind it. */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array
  readonly end: number
}

/** The element at `offset`, or undefined if there is no well-formed one. */
export function readElement(der: Uint8Array, offset: number): Element | undefined {
  const tag = der[offset]
  const first = der[offset + 1]
  if (tag === undefined || first === undefined) return undefined
  let start = offset + 2
  let length = first
  if (first > 0x7f) {
    const count = first & 0x7f
    const digits = der.subarray(start, start + count)
    if (count === 0 || count > 3 || digits.length < count || digits[0] === 0) return undefined
    length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
    if (length < 0x80) return undefined
    start += count
  }
  const end = start + length
  return end > der.length ? undefined : { tag, content: der.subarray(start, end), end }
}

/** The elements that `der` consists of, or undefined if it is not a whole number of them. */
export function readElements(der: Uint8Array): Element[] | undefined {
  const elements: Element[] = []
  for (let offset = 0; offset < der.length;) {
    const element = readElement(der, offset)
    if (element === undefined) return undefined
    elements.push(element)
    offset = element.end
  }
  return elements
}

/** An element with `tag` around the concatenated `contents`. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const content = concat(...contents)
  return concat(Uint8Array.of(tag, ...lengthOctets(content.length)), content)
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff)
  return [0x80 | digits.length, ...digits]
}
