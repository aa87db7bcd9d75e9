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
/** Characters that are read in one go: what lies between text and bytes stays small. */
const PIECE = 2 ** 16
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
  return Native.fromBase64 === undefined ? readByTable(text, size) : readNative(text, size)
}

/** White space, which it passes over, leaves fewer bytes than the text has room for. */
function readNative(text: string, size: number): Bytes | undefined {
  try {
    const bytes = Native.fromBase64!(text, { lastChunkHandling: 'strict' })
    return bytes.length === size ? bytes : undefined
  } catch {
    return undefined
  }
}

function readByTable(text: string, size: number): Bytes | undefined {
  const bytes = new Uint8Array(size)
  // Characters one by one cost twice as much as their bytes.
  const ascii = new Uint8Array(Math.min(PIECE, text.length))
  const padding = (3 - (size % 3)) % 3
  let [at, invalid, group] = [0, 0, 0]
  for (let from = 0; from < text.length; from += PIECE) {
    let piece = text.slice(from, from + PIECE)
    // As zero bits, which find no room at the end.
    if (from + PIECE >= text.length) piece = piece.slice(0, piece.length - padding) + 'A'.repeat(padding)
    if (new TextEncoder().encodeInto(piece, ascii).read !== piece.length) return undefined
    for (let i = 0; i < piece.length; i += 4) {
      const a = VALUES[ascii[i]!]!
      const b = VALUES[ascii[i + 1]!]!
      const c = VALUES[ascii[i + 2]!]!
      const d = VALUES[ascii[i + 3]!]!
      invalid |= a | b | c | d
      group = (a << 18) | (b << 12) | (c << 6) | d
      bytes[at++] = group >> 16
      bytes[at++] = group >> 8
      bytes[at++] = group
    }
  }
  // It may have been a private key.
  ascii.fill(0)
  // The bits that the last character carries beyond the last byte must be zero (RFC 4648 section 3.5).
  return invalid > 63 || group & (2 ** (8 * padding) - 1) ? undefined : bytes
}
