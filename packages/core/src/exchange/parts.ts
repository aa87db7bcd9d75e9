/** What a response consists of, between HTTP and the frames. */
import { parseJsonObject, type JsonObject } from '../lib/json.js'
import { utf8, type Bytes } from '../lib/bytes.js'
import { fromBase64 } from '../lib/base64.js'
import { isHeaders } from './headers.js'
import { EXCHANGE_JSON, HASH_BYTES } from './wire.js'

/** What is told of a response before its body. */
export interface ResponseMeta {
  /** The status of the model's server, 200 to 599, or of a refusal. */
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The `X-Payload-ID` that is answered. */
  readonly payload_id: string
  /** Base64 of SHA-256 of the capabilities document that the router serves now. */
  readonly caps_hash: string
  /** The router's time, in ms since 1970. */
  readonly t: number
  /** Why the router refused a request that opened, such as `clock` or `path`. */
  readonly refused?: string
}

/** A part of a response. */
export type ResponsePart =
  | { readonly kind: 'meta'; readonly meta: ResponseMeta }
  | { readonly kind: 'data'; readonly bytes: Bytes }
  /** Nothing: it hides how long the rest is, or shows that the router is still there. */
  | { readonly kind: 'pad' }
  /** The model's server failed after the answer had begun; always the last part. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string }

/** The META of a frame, or undefined if it breaks a rule. */
export function decodeMeta(content: Bytes): ResponseMeta | undefined {
  const meta = parseJsonObject(content, EXCHANGE_JSON)
  return meta !== undefined && isMeta(meta) ? (meta as unknown as ResponseMeta) : undefined
}

/** The ERROR of a frame, or undefined if it breaks a rule. */
export function decodeError(content: Bytes): ResponsePart | undefined {
  const error = parseJsonObject(content, EXCHANGE_JSON)
  const { code, message } = error ?? {}
  return typeof code === 'string' && typeof message === 'string'
    ? { kind: 'error', code, message }
    : undefined
}

/** The content of the frame for a META or an ERROR. */
export function encodeJson(value: object): Bytes {
  return utf8(JSON.stringify(value))
}

function isMeta({ status, headers, payload_id, caps_hash, t, refused }: JsonObject): boolean {
  return (
    typeof status === 'number' &&
    Number.isInteger(status) &&
    status >= 200 &&
    status <= 599 &&
    isHeaders(headers) &&
    typeof payload_id === 'string' &&
    typeof caps_hash === 'string' &&
    fromBase64(caps_hash)?.length === HASH_BYTES &&
    Number.isSafeInteger(t) &&
    (t as number) >= 0 &&
    (refused === undefined || typeof refused === 'string')
  )
}
