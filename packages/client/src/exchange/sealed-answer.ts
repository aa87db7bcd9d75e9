/** From the body of a 2.0 answer to the response that was in it. */
import { joined, within } from '@nomyo/core/internal'
import type { ResponseMeta, ResponsePart, SealedRequest } from '@nomyo/core/exchange'
import { APITimeoutError, APIUserAbortError } from '../errors/api-error.js'
import { errorInAnswer } from '../errors/from-response.js'
import { callHook } from '../hooks.js'
import { readParts } from '../http/body.js'
import type { ResolvedOptions } from '../options/options.js'
import { streamOf } from '../stream/readable.js'
import type { ExchangeResponse } from './exchange.js'

/** Bytes of an answer that the hook is shown. */
const MAX_SHOWN = 64 * 1024

/** The status for an answer that its model's server did not bring to an end. */
const BROKE_OFF = 502

/** What an answer is opened with. */
export interface AnswerParts {
  readonly openParts: SealedRequest['openParts']
  readonly payloadID: string
  readonly response: Response
  /** As `performance.now()` has it. */
  readonly sentAt: number
  /** Aborts when the answer is not wanted any more; to be aborted to end what is still under way. */
  readonly ending: AbortController
  /** ms without an authenticated part. */
  readonly idleTimeout: number
  readonly options: ResolvedOptions
  /** What must not come back in an error. */
  readonly secrets: readonly string[]
}

/** An answer whose META has opened. */
export interface SealedAnswer {
  readonly response: ExchangeResponse
  /** Why the router refused the request, if it did. */
  readonly refused: string | undefined
  /** Base64 of the hash of the document that the router serves now. */
  readonly capabilitiesHash: string
  /** The router's time, in ms since 1970. */
  readonly time: number
}

/**
 * Opens the answer up to its body, which is opened as it is read.
 * @throws SecurityError, StreamTruncatedError, APIConnectionError; the signal's reason.
 */
export async function openSealedAnswer(parts: AnswerParts): Promise<SealedAnswer> {
  const { ending, openParts, payloadID, options, response } = parts
  const end = (): void => ending.abort(new APIUserAbortError())
  const wire = new Wire(parts)
  const opened = openParts(wire.read(), { maxBodyBytes: options.limits.maxResponseBytes })
  const meta = metaOf(await opened.next())
  const headers = headersOf(meta, response)
  return {
    response: {
      status: meta.status,
      headers,
      body: streamOf(readData(opened, wire, { ...parts, headers, end }), end),
      authenticated: true,
      payloadID,
      processedAt: meta.t / 1000,
    },
    refused: meta.refused,
    capabilitiesHash: meta.caps_hash,
    time: meta.t,
  }
}

/** The bytes that arrive, counted for the hook. */
class Wire {
  readonly #parts: AnswerParts
  /** Whether the last byte has come. */
  hasEnded = false
  readonly #shown: Uint8Array[] = []
  #bytes = 0
  #plaintextBytes = 0
  #lastAt = 0

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const { response, ending, options } = this.#parts
    for await (const chunk of readParts(response.body, ending.signal)) {
      // Copied only where somebody looks at it.
      if (options.onOpen !== undefined && this.#bytes < MAX_SHOWN) {
        this.#shown.push(chunk.slice(0, MAX_SHOWN - this.#bytes))
      }
      this.#bytes += chunk.length
      this.#lastAt = performance.now()
      yield chunk
    }
    this.hasEnded = true
  }

  opened(bytes: number): void {
    this.#plaintextBytes += bytes
  }

  /** Tells the hook that all of it has opened. */
  tell(): void {
    const { options, payloadID, sentAt } = this.#parts
    if (options.onOpen === undefined) return
    const event = {
      protocol: '2.0',
      payloadID,
      plaintextBytes: this.#plaintextBytes,
      envelope: joined(this.#shown),
      envelopeBytes: this.#bytes,
      milliseconds: performance.now() - this.#lastAt,
      networkMilliseconds: this.#lastAt - sentAt,
    } as const
    callHook(options.onOpen, event, options.logger)
  }
}

type OpenedParts = AsyncGenerator<ResponsePart, void, undefined>

async function* readData(
  opened: OpenedParts,
  wire: Wire,
  parts: AnswerParts & { readonly headers: Headers; readonly end: () => void },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      const { done, value: part } = await nextPart(opened, parts.idleTimeout)
      if (done) break
      if (part.kind === 'error') {
        const { message, code } = part
        const { headers, secrets } = parts
        const failed = { status: BROKE_OFF, headers, authenticated: true }
        throw errorInAnswer({ error: { message, code } }, failed, secrets)
      }
      if (part.kind !== 'data') continue
      wire.opened(part.bytes.length)
      if (part.bytes.length > 0) yield part.bytes
    }
    wire.tell()
  } finally {
    // Nobody reads on: the connection is closed, also one that is held open after the end.
    if (!wire.hasEnded) {
      parts.end()
      void opened.return()
    }
  }
}

/** The next part, within the time limit that each of them starts anew. */
async function nextPart(opened: OpenedParts, idleTimeout: number): ReturnType<OpenedParts['next']> {
  const next = await within(opened.next(), idleTimeout)
  if (next === undefined) throw new APITimeoutError(`The answer stood still for ${idleTimeout} ms.`)
  return next
}

/** Core lets nothing else come first, nor the stream end before it. */
function metaOf({ value }: IteratorResult<ResponsePart, void>): ResponseMeta {
  if (value?.kind !== 'meta') throw new TypeError('An answer without META has been let through.')
  return value.meta
}

/** What is inside is authenticated. Of what is outside only the id for the operator's logs is of use. */
function headersOf(meta: ResponseMeta, { headers: outer }: Response): Headers {
  const headers = new Headers(meta.headers)
  const id = outer.get('x-request-id')
  if (id !== null && !headers.has('x-request-id')) headers.set('x-request-id', id)
  return headers
}
