/** One frame of a response: its plaintext, its nonce, its four bytes of header. */
import type { Bytes } from '../lib/bytes.js'
import {
  FRAME_HEAD_BYTES,
  FRAME_TYPE,
  MAX_FRAME_BYTES,
  NONCE_BYTES,
  PADDING_BYTES,
  TAG_BYTES,
} from './wire.js'

/** The bit of a frame's header that marks the last one. */
const FINAL = 0x80000000

/** What the four bytes before a frame say. */
export interface FrameHeader {
  readonly isFinal: boolean
  /** Bytes of ciphertext with its tag. */
  readonly length: number
}

/** What a frame holds. */
export interface FrameContent {
  readonly type: number
  /** A view of the frame's plaintext. */
  readonly content: Bytes
}

/** The four bytes before a frame, which are also its additional data. */
export function frameHeader({ isFinal, length }: FrameHeader): Bytes {
  const header = new Uint8Array(4)
  new DataView(header.buffer).setUint32(0, (isFinal ? FINAL : 0) + length)
  return header
}

/** Reads them; undefined for a length that no frame has, so that nothing is allocated for it. */
export function readFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const length = value % FINAL
  const isPossible = length >= FRAME_HEAD_BYTES + TAG_BYTES && length <= MAX_FRAME_BYTES + TAG_BYTES
  return isPossible ? { isFinal: value >= FINAL, length } : undefined
}

/** The nonce of frame `index`: 11 bytes of counter, then 1 for the last frame (the STREAM layout of age). */
export function frameNonce(index: number, isFinal: boolean): Bytes {
  const nonce = new Uint8Array(NONCE_BYTES)
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 5, index)
  nonce[NONCE_BYTES - 1] = isFinal ? 1 : 0
  return nonce
}

/** The plaintext of a frame, padded to `size` bytes, or else to the next multiple of 256. */
export function encodeFrame(type: number, content: Uint8Array, size: number = 0): Bytes {
  const used = FRAME_HEAD_BYTES + content.length
  const plaintext = new Uint8Array(Math.max(size, Math.ceil(used / PADDING_BYTES) * PADDING_BYTES))
  plaintext[0] = type
  new DataView(plaintext.buffer).setUint16(1, content.length)
  plaintext.set(content, FRAME_HEAD_BYTES)
  return plaintext
}

/** What a frame's plaintext holds; undefined for an unknown type, a length beyond it, or padding that is not zero. */
export function decodeFrame(plaintext: Bytes): FrameContent | undefined {
  const type = plaintext[0]!
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint16(1)
  const end = FRAME_HEAD_BYTES + length
  if (type > FRAME_TYPE.error || end > plaintext.length) return undefined
  if (type === FRAME_TYPE.pad && length > 0) return undefined
  if (!plaintext.subarray(end).every((byte) => byte === 0)) return undefined
  return { type, content: plaintext.subarray(FRAME_HEAD_BYTES, end) }
}
