/** The one seam between what callers ask and how it travels: one implementation for each protocol. */
import type { Bytes } from '@nomyo/core'
import type { APIErrorCode } from '../errors/api-error.js'

/** Where chat completions are made. */
export const COMPLETION_PATH = '/v1/chat/completions'

/** The versions of the protocol. */
export type Protocol = '1.0' | '2.0'

/** A request as the model's server shall see it. */
export interface ExchangeRequest {
  /** Over 1.0 always `POST`. */
  readonly method: string
  /** Origin form, such as `/v1/chat/completions`, over 1.0 always that one. */
  readonly path: string
  /** What travels outside the envelope, lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** What travels inside it, lower-case names; 1.0 has no room for it. */
  readonly innerHeaders: Readonly<Record<string, string>>
  /** The plaintext; the caller owns it. */
  readonly body: Bytes
  readonly signal: AbortSignal
  /** ms without an authenticated part of the answer, after which it is given up. */
  readonly idleTimeout: number
  /** Called just before the sealed request leaves: from then on a repetition may run twice. */
  readonly onSend: () => void
}

/** The answer to one. */
export interface ExchangeResponse {
  /** HTTP status: 200, or a failure of 400 to 599. */
  readonly status: number
  readonly headers: Headers
  /** Plaintext; the reader owns it. */
  readonly body: ReadableStream<Uint8Array> | null
  /** True only if the answer came sealed. Over 2.0 its body is authenticated part by part, as it is read. */
  readonly authenticated: boolean
  /** The `X-Payload-ID` of the request that was answered. */
  readonly payloadID: string
  /** When the router made the answer, in seconds since 1970, if it says so. */
  readonly processedAt: number | undefined
  /** What our error shall be called, if it is not the one for the status. */
  readonly code?: APIErrorCode
}

/** The same, and what must not come back in an error that it leads to: the API key, as it was sent. */
export interface Answered extends ExchangeResponse {
  readonly secrets: readonly string[]
}

/** Sends a request sealed and opens its answer. One call is one attempt; recovery after a key change is inside. */
export interface Exchange {
  readonly protocol: Protocol
  send(request: ExchangeRequest): Promise<ExchangeResponse>
}
