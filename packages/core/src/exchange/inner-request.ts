/** The plaintext of a request: the HTTP request that travels inside. */
import { PayloadTooLargeError, ValidationError } from '../errors.js'
import { utf8, type Bytes } from '../lib/bytes.js'
import { isHarmless, parseJsonObject, type JsonObject } from '../lib/json.js'
import { isHeaderName, isHeaders } from './headers.js'
import { isOriginForm } from './path.js'
import { EXCHANGE_JSON, MAX_INNER_HEAD_BYTES, MAX_REQUEST_BYTES, PADDING_BYTES } from './wire.js'

/** A request as the model's server shall see it. */
export interface InnerRequest {
  /** Upper case, such as `POST`. */
  readonly method: string
  /** Origin form with its query, such as `/v1/chat/completions`. */
  readonly path: string
  /** Lower-case names; never `authorization`, nor what is about a connection. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}

/** Sizes that a request must keep. */
export interface RequestLimits {
  /** Bytes of body. Default: 10 MiB. */
  readonly maxBodyBytes?: number
}

const METHOD = /^[A-Z]{1,16}$/
/** They speak of the outer connection or to the router, and never travel inside. */
const NEVER_INSIDE =
  /^(authorization|proxy-.*|cookie|connection|keep-alive|te|trailer|transfer-encoding|upgrade|host|content-length|expect)$/

/** Whether a header may travel inside a sealed request. */
export function mayTravelInside(name: string): boolean {
  return isHeaderName(name) && !NEVER_INSIDE.test(name)
}

/**
 * The padded plaintext of a request. The caller owns it and should overwrite it.
 * @throws ValidationError for a method, path or header that must not travel; PayloadTooLargeError.
 */
export function encodeInnerRequest(request: InnerRequest, limits: RequestLimits = {}): Bytes {
  const limit = limits.maxBodyBytes ?? MAX_REQUEST_BYTES
  // Written so that a limit which is not a number lets nothing through.
  if (!(request.body.length <= limit)) throw new PayloadTooLargeError(request.body.length, limit)
  if (!isInnerHead(request) || !isOriginForm(request.path)) {
    throw new ValidationError('The method, the path or a header cannot travel inside a request.')
  }
  const { method, path, headers, body } = request
  const text = JSON.stringify({ method, path, headers })
  const head = utf8(text)
  if (head.length > MAX_INNER_HEAD_BYTES || !isHarmless(text, EXCHANGE_JSON)) {
    throw new ValidationError(
      `There are too many headers, or more than ${MAX_INNER_HEAD_BYTES} bytes of them.`,
    )
  }
  return paddedWithLengths(head, body)
}

/**
 * What such a plaintext holds, or undefined if it breaks a rule. The body is a view of the plaintext. Which paths
 * are good is not asked here: a router says of its own accord, and sealed, that it does not take one.
 */
export function decodeInnerRequest(plaintext: Bytes, limits: RequestLimits = {}): InnerRequest | undefined {
  const head = lengthPrefixedAt(plaintext, 0)
  if (head === undefined || head.length > MAX_INNER_HEAD_BYTES) return undefined
  const body = lengthPrefixedAt(plaintext, 4 + head.length)
  if (body === undefined || !(body.length <= (limits.maxBodyBytes ?? MAX_REQUEST_BYTES))) return undefined
  if (!isZero(plaintext.subarray(8 + head.length + body.length))) return undefined
  const parsed = parseJsonObject(head, EXCHANGE_JSON)
  if (parsed === undefined || !isInnerHead(parsed)) return undefined
  const { method, path, headers } = parsed
  return { method, path, headers: { ...headers }, body }
}

function isInnerHead(value: object): value is Omit<InnerRequest, 'body'> {
  const { method, path, headers } = value as JsonObject
  return (
    typeof method === 'string' &&
    METHOD.test(method) &&
    typeof path === 'string' &&
    isHeaders(headers) &&
    Object.keys(headers).every(mayTravelInside)
  )
}

/** Each part behind its length, then zeros: written in place, since a body may be large. */
function paddedWithLengths(...parts: readonly Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + 4 + part.length, 0)
  const plaintext = new Uint8Array(Math.ceil(length / PADDING_BYTES) * PADDING_BYTES)
  const view = new DataView(plaintext.buffer)
  let offset = 0
  for (const part of parts) {
    view.setUint32(offset, part.length)
    plaintext.set(part, offset + 4)
    offset += 4 + part.length
  }
  return plaintext
}

/** The bytes behind a 32-bit length at `offset`, or undefined if they are not all there. */
function lengthPrefixedAt(bytes: Bytes, offset: number): Bytes | undefined {
  if (offset + 4 > bytes.length) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset)
  return length <= bytes.length - offset - 4 ? bytes.subarray(offset + 4, offset + 4 + length) : undefined
}

function isZero(padding: Bytes): boolean {
  return padding.every((byte) => byte === 0)
}
