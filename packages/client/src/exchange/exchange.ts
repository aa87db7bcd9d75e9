/** The one seam between what callers ask and how it travels: one implementation for each protocol. */
import type { Bytes } from '@nomyo/core'

/** A request as the model's server shall see it. */
export interface ExchangeRequest {
  readonly method: 'POST'
  /** Origin form, such as `/v1/chat/completions`. */
  readonly path: string
  /** What travels outside the envelope, lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The plaintext; the caller owns it. */
  readonly body: Bytes
  readonly signal: AbortSignal
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
  /** True only if the answer came sealed. */
  readonly authenticated: boolean
  /** The `X-Payload-ID` of the request that was answered. */
  readonly payloadID: string
  /** When the router made the answer, in seconds since 1970, if it says so. */
  readonly processedAt: number | undefined
}

/** Sends a request sealed and opens its answer. One call is one attempt; recovery after a key change is inside. */
export interface Exchange {
  send(request: ExchangeRequest): Promise<ExchangeResponse>
}
