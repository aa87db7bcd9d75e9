/**
 * Base64 with the standard alphabet and padding (RFC 4648 section 4), canonical only: what decodes is
 * exactly what the encoder would have written. `atob` and `Buffer` accept sloppier text, and `btoa` over
 * large inputs is slow, so both directions work on bytes with a table, unless the engine has ECMAScript's own.
 */
import type { Bytes } from './bytes.js'

/** ECMAScript 2026, ten times as fast as a table. */
type Encoding = Uint8Array & { readonly toBase64?: () => string }
const Native = Uint8Array as typeof Uint8Array & {
  fromBase64?: (text: string, options: { lastChunkHandling: 'strict' }) => Bytes
}

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
export function writeBase64(target: Uint8Array, offset: number, bytes: Encoding): number {
  const text = bytes.toBase64?.()
  if (text === undefined) return writeByTable(target, offset, bytes)
  return offset + new TextEncoder().encodeInto(text, target.subarray(offset)).written
}

function writeByTable(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  let at = offset
  for (let i = 0; i < bytes.length; i += 3) {
    // Behind the end there is nothing, which shifts as zero.
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    target[at++] = ALPHABET[group >> 18]!
    target[at++] = ALPHABET[(group >> 12) & 63]!
    target[at++] = ALPHABET[(group >> 6) & 63]!
    target[at++] = ALPHABET[group & 63]!
  }
  target.fill(PAD, at - paddingOf(bytes.length), at)
  return at
}

/** The number of characters of padding for `size` bytes. */
function paddingOf(size: number): number {
  return (3 - (size % 3)) % 3
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
  try {
    const bytes = Native.fromBase64?.(text, { lastChunkHandling: 'strict' }) ?? readByTable(text, size)
    // White space, which the engine passes over, leaves fewer bytes than the text has room for.
    return bytes?.length === size ? bytes : undefined
  } catch {
    return undefined
  }
}

function readByTable(text: string, size: number): Bytes | undefined {
  const bytes = new Uint8Array(size)
  const padding = paddingOf(size)
  // As zero bits, which find no room at the end.
  const padded = text.slice(0, text.length - padding) + 'A'.repeat(padding)
  let [at, invalid, group] = [0, 0, 0]
  for (let i = 0; i < padded.length; i += 4) {
    const a = valueAt(padded, i)
    const b = valueAt(padded, i + 1)
    const c = valueAt(padded, i + 2)
    const d = valueAt(padded, i + 3)
    invalid |= a | b | c | d
    group = (a << 18) | (b << 12) | (c << 6) | d
    bytes[at++] = group >> 16
    bytes[at++] = group >> 8
    bytes[at++] = group
  }
  // The bits that the last character carries beyond the last byte must be zero (RFC 4648 section 3.5).
  return invalid > 63 || group & (2 ** (8 * padding) - 1) ? undefined : bytes
}

/** The 6 bits of one character, or more than 63 if it is not of the alphabet. */
function valueAt(text: string, index: number): number {
  return VALUES[text.charCodeAt(index)] ?? INVALID
}
