import { undecryptable } from '../envelope/failure.js'
import { ValidationError } from '../errors.js'
import { fingerprintOfHash } from '../keys/fingerprint.js'
import type { KeyPair } from '../keys/key-pair.js'
import { isBelowModulus } from '../keys/below-modulus.js'
import { equalBytes, type Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'
import { requestAAD, transcriptHash, type RequestContext } from './context.js'
import { decrypt } from './gcm.js'
import { decodeInnerRequest, type InnerRequest, type RequestLimits } from './inner-request.js'
import { unwrapMessageKeys } from './message-keys.js'
import { sealParts, sealResponse, type ResponseSealer, type SealResponseOptions } from './seal-response.js'
import type { SealedPart } from './sealing.js'
import {
  MAX_INNER_HEAD_BYTES,
  MAX_REQUEST_BYTES,
  NONCE_BYTES,
  PADDING_BYTES,
  REQUEST_HEAD_BYTES,
  REQUEST_MAGIC,
  TAG_BYTES,
} from './wire.js'

/** What a sealed request says in clear. */
export interface RequestHead {
  /** The fingerprint of the key that it was sealed to. */
  readonly fingerprint: string
  /** When it was sealed, in ms since 1970. Authenticated only once the request has opened. */
  readonly issuedAt: number
}

/** A request that opened. */
export interface OpenedRequest {
  /** Its path is any text until `isAllowedPath` has said otherwise. */
  readonly request: InnerRequest
  /** ms since 1970. */
  readonly issuedAt: number
  /** SHA-256 of the encrypted keys: claim it, so that no request is processed twice. */
  readonly claim: Bytes
  /** Overwrites the request's plaintext, of which `request.body` is a part. */
  wipe(): void
  /** A transform from the parts of the response to its body. */
  sealResponse(options?: SealResponseOptions): ResponseSealer
  /** The same over lists of parts, without streams, which cost more than the cryptography of small answers. */
  sealParts(
    lists: AsyncIterable<readonly SealedPart[]> | Iterable<readonly SealedPart[]>,
    options?: SealResponseOptions,
  ): AsyncGenerator<Bytes, void, undefined>
}

/** The largest sealed request, in bytes, for a limit on its body. */
export function maxSealedRequestBytes(maxBodyBytes: number = MAX_REQUEST_BYTES): number {
  const outside = REQUEST_HEAD_BYTES + 1024 + NONCE_BYTES + TAG_BYTES
  return outside + 8 + MAX_INNER_HEAD_BYTES + maxBodyBytes + PADDING_BYTES
}

/** Reads what stands in clear; undefined if it is no sealed request. */
export function readRequestHead(bytes: Bytes): RequestHead | undefined {
  if (bytes.length < REQUEST_HEAD_BYTES) return undefined
  if (!equalBytes(bytes.subarray(0, REQUEST_MAGIC.length), REQUEST_MAGIC)) return undefined
  const issuedAt = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40))
  return Number.isSafeInteger(issuedAt)
    ? { fingerprint: fingerprintOfHash(bytes.subarray(8, 40)), issuedAt }
    : undefined
}

/**
 * Opens a sealed request with the key whose fingerprint it names. The caller owns `bytes`.
 * @throws SecurityError `decryption_failed`: one for every cause, without a `cause`.
 */
export async function openRequest(
  bytes: Bytes,
  recipient: KeyPair,
  context: RequestContext,
  limits: RequestLimits = {},
): Promise<OpenedRequest> {
  const { issuedAt, head, encryptedKeys, nonce, ciphertext } = split(bytes, recipient)
  const aad = aadOf(head, context)
  // Beside RSA, which takes longer than all of the rest.
  const [keys, transcript, claim] = await Promise.all([
    unwrapMessageKeys(encryptedKeys, recipient),
    transcriptHash(aad, nonce, ciphertext),
    subtle().digest('SHA-256', encryptedKeys),
  ])
  const plaintext = await decrypt(keys.request, { nonce, aad }, ciphertext)
  const request = decodeInnerRequest(plaintext, limits)
  if (request === undefined) {
    plaintext.fill(0)
    throw undecryptable()
  }
  return {
    request,
    issuedAt,
    claim: new Uint8Array(claim),
    wipe: () => void plaintext.fill(0),
    sealResponse: (options = {}) => sealResponse({ key: keys.response, transcript }, options),
    sealParts: (lists, options = {}) => sealParts(lists, { key: keys.response, transcript }, options),
  }
}

interface Parts {
  readonly issuedAt: number
  /** Everything before the nonce. */
  readonly head: Bytes
  readonly encryptedKeys: Bytes
  readonly nonce: Bytes
  readonly ciphertext: Bytes
}

function split(bytes: Bytes, { publicKey }: KeyPair): Parts {
  const clear = readRequestHead(bytes)
  const keyBytes = Math.ceil(publicKey.modulusLength / 8)
  const nonceAt = REQUEST_HEAD_BYTES + keyBytes
  const isWhole = bytes.length >= nonceAt + NONCE_BYTES + 8 + TAG_BYTES
  if (clear === undefined || !isWhole) throw undecryptable()
  if (new DataView(bytes.buffer, bytes.byteOffset).getUint16(6) !== keyBytes) throw undecryptable()
  const encryptedKeys = bytes.subarray(REQUEST_HEAD_BYTES, nonceAt)
  if (!isBelowModulus(encryptedKeys, publicKey.spki)) throw undecryptable()
  return {
    issuedAt: clear.issuedAt,
    head: bytes.subarray(0, nonceAt),
    encryptedKeys,
    nonce: bytes.subarray(nonceAt, nonceAt + NONCE_BYTES),
    ciphertext: bytes.subarray(nonceAt + NONCE_BYTES),
  }
}

function aadOf(head: Bytes, context: RequestContext): Bytes {
  try {
    return requestAAD(head, context)
  } catch (error) {
    // Headers that no client of ours sends: the request cannot have been sealed with them.
    throw ValidationError.isInstance(error) ? undecryptable() : error
  }
}
