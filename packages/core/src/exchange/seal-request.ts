import { concat, type Bytes } from '../lib/bytes.js'
import { giveBack } from '../lib/give-back.js'
import { hashOfFingerprint } from '../keys/fingerprint.js'
import type { PublicKey } from '../keys/public-key.js'
import { requestAAD, transcriptHash, type RequestContext } from './context.js'
import { encrypt } from './gcm.js'
import { encodeInnerRequest, type InnerRequest, type RequestLimits } from './inner-request.js'
import { makeMessageKeys } from './message-keys.js'
import { openParts, openResponse, type OpenResponseOptions, type ResponseOpener } from './open-response.js'
import type { ResponsePart } from './parts.js'
import { NONCE_BYTES, REQUEST_HEAD_BYTES, REQUEST_MAGIC } from './wire.js'

/** How a request is sealed. */
export interface SealRequestOptions extends RequestLimits {
  /** When it is made, in ms since 1970. Default: now. */
  readonly issuedAt?: number
}

/** A sealed request, and the only thing that can open its response. */
export interface SealedRequest {
  /** The body to send. */
  readonly bytes: Bytes
  /** A transform from the response's body to its parts. Each response takes one. */
  openResponse(options?: OpenResponseOptions): ResponseOpener
  /** The same over the chunks of the body, without streams, which cost more than the cryptography of small answers. */
  readonly openParts: (
    chunks: AsyncIterator<Uint8Array, unknown>,
    options?: OpenResponseOptions,
  ) => AsyncGenerator<ResponsePart, void, undefined>
}

/**
 * Seals an HTTP request for the router (protocol 2.0): fresh AES-256-GCM keys under RSA-OAEP-SHA-256, bound to the
 * router's key, the time and the headers beside it. The caller owns `request.body`.
 * @throws ValidationError for what must not travel; PayloadTooLargeError before anything is encrypted.
 */
export async function sealRequest(
  request: InnerRequest,
  recipient: PublicKey,
  context: RequestContext,
  options: SealRequestOptions = {},
): Promise<SealedRequest> {
  const plaintext = encodeInnerRequest(request, options)
  try {
    const { keys, encrypted } = await makeMessageKeys(recipient)
    const head = requestHead(recipient, encrypted, options.issuedAt ?? Date.now())
    const aad = requestAAD(head, context)
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const ciphertext = await encrypt(keys.request, { nonce, aad }, plaintext)
    // Needed for the response only: the request need not wait for it.
    const transcript = transcriptHash(aad, nonce, ciphertext)
    transcript.catch(() => undefined)
    const expected = { key: keys.response, transcript, payloadID: context.payloadID }
    const bytes = concat(head, nonce, ciphertext)
    giveBack(ciphertext)
    return {
      bytes,
      openResponse: (limits = {}) => openResponse(expected, limits),
      openParts: (chunks, limits = {}) => openParts(chunks, expected, limits),
    }
  } finally {
    plaintext.fill(0)
    giveBack(plaintext)
  }
}

function requestHead(recipient: PublicKey, encryptedKeys: Bytes, issuedAt: number): Bytes {
  const head = new Uint8Array(REQUEST_HEAD_BYTES + encryptedKeys.length)
  const view = new DataView(head.buffer)
  head.set(REQUEST_MAGIC)
  view.setUint16(6, encryptedKeys.length)
  head.set(hashOfFingerprint(recipient.fingerprint), 8)
  view.setBigUint64(40, BigInt(Math.floor(issuedAt)))
  head.set(encryptedKeys, REQUEST_HEAD_BYTES)
  return head
}
