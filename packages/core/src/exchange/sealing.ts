/** The state of a response that is being sealed, whatever brings its parts. */
import { concat, type Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { encodeFrame, frameHeader, frameNonce } from './frame.js'
import { encrypt, gcm } from './gcm.js'
import { encodeJson, type ResponsePart } from './parts.js'
import {
  FRAME_HEAD_BYTES,
  FRAME_TYPE,
  MAX_FRAME_BYTES,
  MAX_FRAMES,
  NONCE_BYTES,
  PADDING_BYTES,
  RESPONSE_KEY_CONTEXT,
  RESPONSE_MAGIC,
  TAG_BYTES,
} from './wire.js'

/** A part of a response; the last one says so. */
export type SealedPart = ResponsePart & { readonly isFinal?: boolean }

/** What ties a response to its request. */
export interface ResponseSecrets {
  /** K_res. */
  readonly key: CryptoKey
  /** `th` of the request. */
  readonly transcript: Bytes
}

/** Seals part by part. */
export class Sealing {
  readonly #frameBytes: number | undefined
  #key: CryptoKey | undefined
  /** What is sealed and has not left: at first the bytes before the first frame. */
  #waiting: Bytes[] = []
  #waitingBytes = 0
  #count = 0
  #isEnded = false

  /** @throws TypeError for a size that no frame has. */
  constructor(frameBytes: number | undefined) {
    if (frameBytes !== undefined && !isFrameSize(frameBytes)) {
      throw new TypeError('frameBytes must be a multiple of 256 from 256 to 65536.')
    }
    this.#frameBytes = frameBytes
  }

  /** Makes the stream's own key and wraps it into the bytes before the first frame. */
  async begin({ key, transcript }: ResponseSecrets): Promise<void> {
    // Extractable only for wrapping; the one that is kept is the engine's own.
    this.#key = await subtle().generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt'])
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const aad = concat(RESPONSE_KEY_CONTEXT, transcript, RESPONSE_MAGIC)
    const wrapped = await subtle().wrapKey('raw', this.#key, key, gcm({ nonce, aad }))
    this.#waiting = [RESPONSE_MAGIC, nonce, new Uint8Array(wrapped)]
  }

  /** Seals parts, which leave in one chunk; of many or large ones, chunks of some 64 KiB leave meanwhile. */
  async *seal(parts: readonly SealedPart[]): AsyncGenerator<Bytes, void, undefined> {
    for (const part of parts) {
      this.#assertInOrder(part)
      const isFinal = part.isFinal === true || part.kind === 'error'
      this.#isEnded = isFinal
      const pieces = part.kind === 'data' ? this.#cut(part.bytes) : [contentOf(part)]
      for (const [i, piece] of pieces.entries()) {
        if (this.#waitingBytes >= MAX_FRAME_BYTES) yield this.#leave()
        const isLast = i === pieces.length - 1
        const frame = await this.#frame(FRAME_TYPE[part.kind], piece, isFinal && isLast)
        this.#waiting.push(...frame)
        this.#waitingBytes += frame[1].length
      }
    }
    if (this.#waiting.length > 0) yield this.#leave()
  }

  assertEnded(): void {
    if (!this.#isEnded) throw new TypeError('The last part of a response must be marked as final.')
  }

  #leave(): Bytes {
    const chunk = concat(...this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    return chunk
  }

  #assertInOrder(part: SealedPart): void {
    if (this.#isEnded) throw new TypeError('Nothing may follow the final part of a response.')
    if ((part.kind === 'meta') !== (this.#count === 0)) {
      throw new TypeError('A response begins with META and has no other.')
    }
  }

  #cut(bytes: Bytes): readonly Bytes[] {
    const size = (this.#frameBytes ?? MAX_FRAME_BYTES) - FRAME_HEAD_BYTES
    const count = Math.max(1, Math.ceil(bytes.length / size))
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
  }

  /** The frame's header and its ciphertext. */
  async #frame(type: number, content: Bytes, isFinal: boolean): Promise<readonly [Bytes, Bytes]> {
    if (content.length + FRAME_HEAD_BYTES > MAX_FRAME_BYTES || this.#count === MAX_FRAMES) {
      throw new TypeError('A part is too large for a frame, or there are too many.')
    }
    const plaintext = encodeFrame(type, content, this.#frameBytes)
    const aad = frameHeader({ isFinal, length: plaintext.length + TAG_BYTES })
    const nonce = frameNonce(this.#count++, isFinal)
    const ciphertext = await encrypt(this.#key!, { nonce, aad }, plaintext)
    plaintext.fill(0)
    return [aad, ciphertext]
  }
}

function contentOf(part: Exclude<ResponsePart, { kind: 'data' }>): Bytes {
  if (part.kind === 'meta') return encodeJson(part.meta)
  return part.kind === 'pad' ? new Uint8Array() : encodeJson({ code: part.code, message: part.message })
}

function isFrameSize(size: number): boolean {
  return Number.isInteger(size) && size > 0 && size <= MAX_FRAME_BYTES && size % PADDING_BYTES === 0
}
