/** PEM of a private key as bytes, never as a string, because bytes can be overwritten (RFC 7468). */

import { Buffer } from 'node:buffer'

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PAD = 0x3d
const LINE_FEED = 0x0a
/** 48 bytes are a line of 64 characters. */
const BYTES_PER_LINE = 48

/** A PEM block with lines of 64 characters. The caller owns it and should overwrite it after use. */
export function pemBytes(label: string, der: Uint8Array): Buffer {
  const head = Buffer.from(`-----BEGIN ${label}-----\n`)
  const foot = Buffer.from(`-----END ${label}-----\n`)
  const body = 4 * Math.ceil(der.length / 3) + Math.ceil(der.length / BYTES_PER_LINE)
  const pem = Buffer.alloc(head.length + body + foot.length)
  head.copy(pem)
  let at = head.length
  for (let i = 0; i < der.length; i += 3) {
    at = writeGroup(pem, at, der.subarray(i, i + 3))
    if ((i + 3) % BYTES_PER_LINE === 0 || i + 3 >= der.length) pem[at++] = LINE_FEED
  }
  foot.copy(pem, at)
  return pem
}

/** Writes one to three bytes as four characters and returns the offset behind them. */
function writeGroup(target: Buffer, at: number, bytes: Uint8Array): number {
  const group = (bytes[0]! << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)
  target[at] = ALPHABET[group >> 18]!
  target[at + 1] = ALPHABET[(group >> 12) & 63]!
  target[at + 2] = bytes.length > 1 ? ALPHABET[(group >> 6) & 63]! : PAD
  target[at + 3] = bytes.length > 2 ? ALPHABET[group & 63]! : PAD
  return at + 4
}
