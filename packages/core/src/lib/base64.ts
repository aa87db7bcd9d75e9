/**
 * Base64 with the standard alphabet and padding (RFC 4648 section 4), canonical only: what decodes is
 * exactly what the encoder would have written. `atob` and `Buffer` accept sloppier text, and `btoa` over
 * large inputs is slow, so both directions work on bytes with tables, unless the engine has ECMAScript's own.
 */
import type { Bytes } from './bytes.js'

/** ECMAScript 2026, ten times as fast as a table. */
type Native = Uint8Array & {
  readonly toBase64?: () => string
  readonly setFromBase64?: (text: string, options: { lastChunkHandling: 'strict' }) => { written: number }
}

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PAD = 0x3d
/** More than the 12 bits that two characters stand for. */
const INVALID = 0xffff
/** Characters that are read at once. */
const PIECE = 64 * 1024

/** Two characters, the first of them in the lower byte, for each 12 bits; and the way back. Half the steps of single ones. */
interface Tables {
  readonly pairs: Uint16Array
  readonly values: Uint16Array
}

let tables: Tables | undefined

/** Made when they are first needed: where the engine has its own base64 they never are. */
function makeTables(): Tables {
  const pairs = Uint16Array.from({ length: 64 * 64 }, (_, i) => ALPHABET[i >> 6]! | (ALPHABET[i & 63]! << 8))
  const values = new Uint16Array(256 * 256).fill(INVALID)
  pairs.forEach((pair, i) => {
    values[pair] = i
  })
  return { pairs, values }
}

/** The number of base64 characters for `size` bytes. */
export function base64Length(size: number): number {
  return 4 * Math.ceil(size / 3)
}

/** Writes `bytes` as base64 into `target` from `offset`, as ASCII bytes, and returns the offset behind it. */
export function writeBase64(target: Uint8Array, offset: number, bytes: Native): number {
  const text = bytes.toBase64?.()
  if (text === undefined) return writeByTable(target, offset, bytes)
  return offset + new TextEncoder().encodeInto(text, target.subarray(offset)).written
}

function writeByTable(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  const { pairs } = (tables ??= makeTables())
  // A DataView may write four bytes anywhere.
  const view = new DataView(target.buffer, target.byteOffset + offset, base64Length(bytes.length))
  let at = 0
  for (let i = 0; i < bytes.length; i += 3) {
    // Behind the end there is nothing, which shifts as zero.
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    view.setUint32(at, pairs[group >> 12]! | (pairs[group & 4095]! << 16), true)
    at += 4
  }
  target.fill(PAD, offset + at - paddingOf(bytes.length), offset + at)
  return offset + at
}

/** The number of characters of padding for `size` bytes. */
function paddingOf(size: number): number {
  return (3 - (size % 3)) % 3
}

/** `bytes` as base64 text. */
export function toBase64(bytes: Native): string {
  const text = bytes.toBase64?.()
  if (text !== undefined) return text
  const ascii = new Uint8Array(base64Length(bytes.length))
  writeByTable(ascii, 0, bytes)
  return new TextDecoder().decode(ascii)
}

/**
 * The number of bytes that base64 stands for (text, or its ASCII bytes), by its length and padding alone, or undefined
 * if none has that shape. Lets a caller check a size before anything is allocated.
 */
export function base64Size(source: string | Uint8Array): number | undefined {
  if (source.length % 4 !== 0) return undefined
  const last = typeof source === 'string' ? source.slice(-2) : String.fromCharCode(...source.subarray(-2))
  const padding = last === '==' ? 2 : last.endsWith('=') ? 1 : 0
  return (source.length / 4) * 3 - padding
}

/** The bytes of canonical base64 `text`, or undefined if it is anything else. */
export function fromBase64(text: string): Bytes | undefined {
  const size = base64Size(text)
  if (size === undefined) return undefined
  const bytes = new Uint8Array(size)
  return readBase64(bytes, text) ? bytes : undefined
}

/**
 * Fills `target`, which has the `base64Size` of `source`, with what it stands for: text, or its ASCII bytes. False if it
 * is not canonical.
 */
export function readBase64(target: Native, source: string | Uint8Array): boolean {
  if (target.setFromBase64 === undefined) return readByTable(target, source)
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
  try {
    // White space, which the engine passes over, leaves fewer bytes than the text has room for.
    return target.setFromBase64(text, { lastChunkHandling: 'strict' }).written === target.length
  } catch {
    return false
  }
}

function readByTable(target: Uint8Array, source: string | Uint8Array): boolean {
  const { values } = (tables ??= makeTables())
  const padding = paddingOf(target.length)
  const ascii = new Uint8Array(Math.min(PIECE, source.length))
  const view = new DataView(ascii.buffer)
  let [at, invalid, group] = [0, 0, 0]
  for (let start = 0; start < source.length; start += PIECE) {
    const length = Math.min(PIECE, source.length - start)
    if (!copyPiece(source, start, ascii.subarray(0, length))) return false
    // As zero bits, which find no room at the end.
    if (start + length === source.length) ascii.fill(ALPHABET[0]!, length - padding, length)
    for (let i = 0; i < length; i += 4) {
      const a = values[view.getUint16(i, true)]!
      const b = values[view.getUint16(i + 2, true)]!
      invalid |= a | b
      group = (a << 12) | b
      target[at++] = group >> 16
      target[at++] = group >> 8
      target[at++] = group
    }
  }
  // It may have been a private key.
  ascii.fill(0)
  // The bits that the last character carries beyond the last byte must be zero (RFC 4648 section 3.5).
  return invalid <= 4095 && (group & (2 ** (8 * padding) - 1)) === 0
}

/** Fills `ascii` with what `source` has from `start` on. False for text that is no ASCII. */
function copyPiece(source: string | Uint8Array, start: number, ascii: Uint8Array): boolean {
  const { length } = ascii
  if (typeof source !== 'string') {
    ascii.set(source.subarray(start, start + length))
    return true
  }
  const { read, written } = new TextEncoder().encodeInto(source.slice(start, start + length), ascii)
  return read === length && written === length
}
