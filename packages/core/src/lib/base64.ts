/**
 * Base64 with the standard alphabet and padding (RFC 4648 section 4), canonical only: what decodes is
 * exactly what the encoder would have written. `atob` and `Buffer` accept sloppier text, and `btoa` over
 * large inputs is slow, so both directions work on bytes with a table.
 */
import type { Bytes } from './bytes.js'

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PAD = 0x3d
const INVALID = 0xff

const VALUES = new Uint8Array(256).fill(INVALID)
ALPHABET.forEach((char, value) => {
  VALUES[char] = value
})

/** The number of base64 characters for `size` bytes. */
export function base64Length(size: number): number {
  return 4 * Math.ceil(size / 3)
}

/** Writes `bytes` as base64 into `target` from `offset`, as ASCII bytes, and returns the offset behind it. */
export function writeBase64(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % 3)
  let at = offset
  for (let i = 0; i < whole; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    target[at++] = ALPHABET[group >> 18]!
    target[at++] = ALPHABET[(group >> 12) & 63]!
    target[at++] = ALPHABET[(group >> 6) & 63]!
    target[at++] = ALPHABET[group & 63]!
  }
  const rest = bytes.length - whole
  if (rest > 0) {
    const group = (bytes[whole]! << 16) | ((rest > 1 ? bytes[whole + 1]! : 0) << 8)
    target[at++] = ALPHABET[group >> 18]!
    target[at++] = ALPHABET[(group >> 12) & 63]!
    target[at++] = rest > 1 ? ALPHABET[(group >> 6) & 63]! : PAD
    target[at++] = PAD
  }
  return at
}

/** `bytes` as base64 text. */
export function toBase64(bytes: Uint8Array): string {
  const ascii = new Uint8Array(base64Length(bytes.length))
  writeBase64(ascii, 0, bytes)
  return new TextDecoder().decode(ascii)
}

/**
 * The number of bytes that `text` stands for, by its length and padding alone, or undefined if no base64
 * has that shape. Lets a caller check a size before anything is allocated.
 */
export function base64Size(text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** The bytes of canonical base64 `text`, or undefined if it is anything else. */
export function fromBase64(text: string): Bytes | undefined {
  const size = base64Size(text)
  if (size === undefined) return undefined
  const bytes = new Uint8Array(size)
  const whole = size - (size % 3)
  let at = 0
  let invalid = 0
  for (let i = 0; i < whole; at += 4) {
    const a = valueAt(text, at)
    const b = valueAt(text, at + 1)
    const c = valueAt(text, at + 2)
    const d = valueAt(text, at + 3)
    invalid |= a | b | c | d
    bytes[i++] = (a << 2) | (b >> 4)
    bytes[i++] = (b << 4) | (c >> 2)
    bytes[i++] = (c << 6) | d
  }
  if (size > whole) {
    const two = size - whole === 2
    const a = valueAt(text, at)
    const b = valueAt(text, at + 1)
    const c = two ? valueAt(text, at + 2) : 0
    invalid |= a | b | c
    bytes[whole] = (a << 2) | (b >> 4)
    if (two) bytes[whole + 1] = (b << 4) | (c >> 2)
    // The bits that the last character carries beyond the last byte must be zero (RFC 4648 section 3.5).
    if ((two ? c & 3 : b & 15) !== 0) return undefined
  }
  return invalid > 63 ? undefined : bytes
}

/** The 6 bits of one character, or more than 63 if it is not of the alphabet. */
function valueAt(text: string, index: number): number {
  return VALUES[text.charCodeAt(index)] ?? INVALID
}
