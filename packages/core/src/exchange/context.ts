/** What a sealed request is bound to: everything that travels in clear beside it. */
import { ValidationError } from '../errors.js'
import { concat, utf8, type Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'
import { REQUEST_CONTEXT, TAG_BYTES } from './wire.js'

/** The outer headers of a sealed request, exactly as they are sent. */
export interface RequestContext {
  /** `X-Payload-ID`, a UUID v4. */
  readonly payloadID: string
  /** `X-Security-Tier`, if it is sent. */
  readonly tier?: string | undefined
  /** `Authorization`, if it is sent. */
  readonly authorization?: string | undefined
}

/**
 * The additional data of a request's AES-GCM.
 * @param head - every byte before the nonce.
 * @throws ValidationError for a header that is empty, longer than 65,535 bytes, or not visible ASCII and spaces.
 */
export function requestAAD(head: Uint8Array, context: RequestContext): Bytes {
  const { payloadID, tier, authorization } = context
  const fields = { 'X-Payload-ID': payloadID, 'X-Security-Tier': tier, 'Authorization': authorization }
  const parts = Object.entries(fields).map(([name, value]) => lengthPrefixed(name, value))
  return concat(REQUEST_CONTEXT, head, ...parts)
}

/** `th`: SHA-256 of the additional data, the nonce and the tag. It names this one request. */
export async function transcriptHash(aad: Bytes, nonce: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const transcript = concat(aad, nonce, ciphertext.subarray(-TAG_BYTES))
  return new Uint8Array(await subtle().digest('SHA-256', transcript))
}

function lengthPrefixed(name: string, value: string | undefined): Bytes {
  if (value === undefined) return new Uint8Array(2)
  if (!/^[\x20-\x7e]{1,65535}$/.test(value)) {
    throw new ValidationError(`${name} must be 1 to 65535 characters of visible ASCII.`)
  }
  return concat(Uint8Array.of(value.length >> 8, value.length & 0xff), utf8(value))
}
