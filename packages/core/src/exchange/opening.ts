/** The state of a response that is being opened, whatever brings its bytes. */
import { undecryptable } from '../envelope/failure.js'
import { StreamTruncatedError } from '../errors.js'
import { concat, equalBytes, type Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { ByteQueue } from './byte-queue.js'
import { decodeFrame, frameNonce, readFrameHeader, type FrameContent, type FrameHeader } from './frame.js'
import { decrypt, gcm } from './gcm.js'
import { decodeError, decodeMeta, type ResponsePart } from './parts.js'
import {
  FRAME_TYPE,
  MAX_FRAMES,
  MAX_RESPONSE_BYTES,
  NONCE_BYTES,
  RESPONSE_HEAD_BYTES,
  RESPONSE_KEY_CONTEXT,
  RESPONSE_MAGIC,
} from './wire.js'

/** What a response may take. */
export interface OpeningLimits {
  /** Bytes of body. Default: 64 MiB. */
  readonly maxBodyBytes?: number
  /** Frames, empty ones too. Default: 2^20. */
  readonly maxFrames?: number
}

/** What a response must belong to. */
export interface ResponseExpectation {
  /** K_res. */
  readonly key: CryptoKey
  /** `th` of the request. */
  readonly transcript: Promise<Bytes>
  /** The `X-Payload-ID` of the request. */
  readonly payloadID: string
}

/** Opens frame by frame. Holds one frame at most. */
export class Opening {
  readonly #expected: ResponseExpectation
  readonly #maxBodyBytes: number
  readonly #maxFrames: number
  readonly #queue = new ByteQueue()
  #key: CryptoKey | undefined
  #header: { readonly bytes: Bytes; readonly header: FrameHeader } | undefined
  #count = 0
  #bodyBytes = 0
  #isEnded = false

  constructor(expected: ResponseExpectation, options: OpeningLimits) {
    this.#expected = expected
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_RESPONSE_BYTES
    this.#maxFrames = options.maxFrames ?? MAX_FRAMES
  }

  /** Whether the final frame has been opened. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /**
   * The parts that the chunk completes, each once it is authenticated.
   * @throws SecurityError `decryption_failed` for anything that is wrong.
   */
  async *open(chunk: Uint8Array): AsyncGenerator<ResponsePart, void, undefined> {
    this.#queue.push(chunk)
    if (this.#key === undefined) await this.#begin()
    while (this.#key !== undefined && !this.#isEnded) {
      const frame = this.#nextFrame()
      if (frame === undefined) return
      yield await this.#openFrame(frame.header, frame.aad, frame.ciphertext)
    }
    if (this.#isEnded && this.#queue.length > 0) throw undecryptable()
  }

  /** @throws StreamTruncatedError before the final frame. */
  assertEnded(): void {
    if (!this.#isEnded) throw new StreamTruncatedError()
  }

  /** Unwraps the stream's key, once the bytes before the first frame are there. */
  async #begin(): Promise<void> {
    const head = this.#queue.take(RESPONSE_HEAD_BYTES)
    if (head === undefined) return
    const magic = head.subarray(0, RESPONSE_MAGIC.length)
    if (!equalBytes(magic, RESPONSE_MAGIC)) throw undecryptable()
    const { key, transcript } = this.#expected
    const nonce = head.subarray(magic.length, magic.length + NONCE_BYTES)
    const wrapped = head.subarray(magic.length + NONCE_BYTES)
    const aad = concat(RESPONSE_KEY_CONTEXT, await transcript, magic)
    try {
      const parameters = gcm({ nonce, aad })
      this.#key = await subtle().unwrapKey('raw', wrapped, key, parameters, 'AES-GCM', false, ['decrypt'])
    } catch {
      throw undecryptable()
    }
  }

  #nextFrame(): { header: FrameHeader; aad: Bytes; ciphertext: Bytes } | undefined {
    if (this.#header === undefined) {
      const bytes = this.#queue.take(4)
      if (bytes === undefined) return undefined
      const header = readFrameHeader(bytes)
      if (header === undefined || !(this.#count < this.#maxFrames)) throw undecryptable()
      this.#header = { bytes, header }
    }
    const { bytes: aad, header } = this.#header
    const ciphertext = this.#queue.take(header.length)
    if (ciphertext === undefined) return undefined
    this.#header = undefined
    return { header, aad, ciphertext }
  }

  async #openFrame({ isFinal }: FrameHeader, aad: Bytes, ciphertext: Bytes): Promise<ResponsePart> {
    const nonce = frameNonce(this.#count, isFinal)
    const plaintext = await decrypt(this.#key!, { nonce, aad }, ciphertext)
    const frame = decodeFrame(plaintext)
    const part = frame === undefined ? undefined : this.#partOf(frame, isFinal)
    // Only data is a view of it.
    if (part?.kind !== 'data') plaintext.fill(0)
    if (part === undefined) throw undecryptable()
    this.#count++
    this.#isEnded = isFinal
    return part
  }

  /** The part in a frame, or undefined if it must not stand here. */
  #partOf({ type, content }: FrameContent, isFinal: boolean): ResponsePart | undefined {
    if ((type === FRAME_TYPE.meta) !== (this.#count === 0)) return undefined
    if (type === FRAME_TYPE.meta) return this.#meta(content)
    if (type === FRAME_TYPE.error) return isFinal ? decodeError(content) : undefined
    if (type === FRAME_TYPE.pad) return { kind: 'pad' }
    this.#bodyBytes += content.length
    return this.#bodyBytes <= this.#maxBodyBytes ? { kind: 'data', bytes: content } : undefined
  }

  #meta(content: Bytes): ResponsePart | undefined {
    const meta = decodeMeta(content)
    return meta?.payload_id === this.#expected.payloadID ? { kind: 'meta', meta } : undefined
  }
}
