/** An answer between the exchange, which opened it, and the caller, who takes it typed or as a Response. */
import { NomyoError, SecurityError, type Bytes } from '@nomyo/core'
import { metadataOf, parseCompletion } from './completion.js'
import { APIUserAbortError } from './errors/api-error.js'
import type { Answered, ExchangeResponse } from './exchange/exchange.js'
import { readPlaintextUpTo } from './http/body.js'
import { chunksOf } from './stream/chunks.js'
import { EVENT_STREAM, readEvents, withDoneLast, writeEvents } from './stream/server-sent-events.js'
import { streamOf } from './stream/readable.js'
import { Stream } from './stream/stream.js'
import type { ChatCompletionChunk } from './types/chunk.js'
import type { ChatCompletion } from './types/completion.js'

/** An answer that has arrived, at least in its beginning. It is taken once. */
export interface Answer {
  readonly response: Answered
  /** The whole of it, overwritten by whoever takes it; undefined for a stream, whose body is unread. */
  readonly plaintext: Bytes | undefined
  /** Ends what is still under way. */
  readonly controller: AbortController
  /** Aborts when that happens, or when the caller's signal does, or when the client closes. */
  readonly signal: AbortSignal
  /** Lets go of what `signal` hears of: to be called when the answer has been taken. */
  readonly release: () => void
}

/** What an answer is made into. */
export interface Reading<T> {
  /** The answer, parsed and typed. */
  data(answer: Answer): T
  /** The answer as an HTTP response in clear, with its body unread. */
  response(answer: Answer): Response
}

/**
 * Reads an opened answer to its end, or, if that is wanted, up to the body of a stream.
 * @throws SecurityError `response_too_large`.
 */
export async function readAnswer(
  response: Answered,
  {
    wantsStream,
    limit,
    ...ends
  }: Pick<Answer, 'controller' | 'signal' | 'release'> & { wantsStream: boolean; limit: number },
): Promise<Answer> {
  if (wantsStream && isEventStream(response)) return { response, plaintext: undefined, ...ends }
  const plaintext = await readWhole(response.body, limit, ends.signal)
  if (!wantsStream) ends.release()
  return { response, plaintext, ...ends }
}

/** As one chat completion. */
export const asCompletion: Reading<ChatCompletion> = {
  data: ({ response, plaintext }) => parseCompletion(plaintext ?? new Uint8Array(), response),
  response: (answer) => {
    const body = JSON.stringify(asCompletion.data(answer))
    return new Response(body, { headers: headersOf(answer.response, 'application/json') })
  },
}

/** As chunks, of which the last tells the tokens used, if that was asked for. */
export function asChunks(includeUsage: boolean, limit: number): Reading<Stream<ChatCompletionChunk>> {
  const events = ({ response, plaintext }: Answer): ReadableStream<Uint8Array> | null =>
    plaintext === undefined
      ? response.body
      : streamOf(writeEvents(chunksOf(parseCompletion(plaintext, response), includeUsage)))
  return {
    data: (answer) => {
      const { response, plaintext, controller } = answer
      const metadata = plaintext === undefined ? metadataOf({}, response) : undefined
      // What came whole has been checked as a whole; as events it is larger.
      const reading = { limit: 4 * limit, signal: answer.signal, metadata }
      const chunks = readEvents({ ...response, body: events(answer) }, reading)
      return new Stream(typed(chunks, answer), controller)
    },
    response: (answer) => {
      const body = events(answer)
      const stream = body === null ? null : releasing(withDoneLast(body, answer.signal), answer)
      return new Response(stream, { headers: headersOf(answer.response, `${EVENT_STREAM}; charset=utf-8`) })
    },
  }
}

/** A body that lets go of its answer at the end, whichever it is. */
export function releasing(
  parts: AsyncGenerator<Uint8Array, void, undefined>,
  { controller, release }: Pick<Answer, 'controller' | 'release'>,
): ReadableStream<Uint8Array> {
  const toTheEnd = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* parts
    } finally {
      release()
    }
  }
  return streamOf(toTheEnd(), () => {
    controller.abort()
    release()
  })
}

/** `items`, but an abort is the error of ours for it, and the answer is let go at the end. */
async function* typed<T>(
  items: AsyncIterable<T>,
  { signal, release }: Pick<Answer, 'signal' | 'release'>,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items
  } catch (error) {
    throw signal.aborted && !NomyoError.isInstance(error) ? new APIUserAbortError() : error
  } finally {
    release()
  }
}

async function readWhole(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal: AbortSignal,
): Promise<Bytes> {
  const plaintext = await readPlaintextUpTo(body, limit, signal)
  if (plaintext !== undefined) return plaintext
  throw new SecurityError('response_too_large', `The answer is larger than ${limit} bytes.`)
}

function isEventStream({ headers }: ExchangeResponse): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith(EVENT_STREAM) === true
}

/** Of the envelope's own headers, those that are true of what was in it. */
function headersOf({ headers }: Pick<ExchangeResponse, 'headers'>, contentType: string): Headers {
  const own = new Headers()
  headers.forEach((value, name) => {
    if (!OF_THE_ENVELOPE.test(name)) own.append(name, value)
  })
  own.set('content-type', contentType)
  return own
}

const OF_THE_ENVELOPE =
  /^(content-.*|transfer-encoding|set-cookie|etag|trailer|connection|keep-alive|x-nomyo-error)$/
