/** An answer between the exchange, which opened it, and the caller, who takes it typed or as a Response. */
import { SecurityError, type Bytes } from '@nomyo/core'
import { parseCompletion } from './completion.js'
import type { ExchangeResponse } from './exchange/exchange.js'
import { readUpTo } from './http/body.js'
import { chunksOf } from './stream/chunks.js'
import { EVENT_STREAM, readEvents, writeEvents } from './stream/server-sent-events.js'
import { Stream } from './stream/stream.js'
import type { ChatCompletionChunk } from './types/chunk.js'
import type { ChatCompletion } from './types/completion.js'

/** An answer that has arrived. Its plaintext is overwritten by whoever takes it, once. */
export interface Answer {
  readonly response: ExchangeResponse
  readonly plaintext: Bytes
}

/** What an answer is made into. */
export interface Reading<T> {
  /** The answer, parsed and typed. */
  data(answer: Answer): T
  /** The answer as an HTTP response in clear, with its body unread. */
  response(answer: Answer): Response
}

/** Reads an opened answer to its end. @throws SecurityError `response_too_large`. */
export async function readAnswer(
  response: ExchangeResponse,
  limit: number,
  signal: AbortSignal,
): Promise<Answer> {
  const plaintext = await readUpTo(response.body, limit, signal)
  if (plaintext !== undefined) return { response, plaintext }
  throw new SecurityError('response_too_large', `The answer is larger than ${limit} bytes.`)
}

/** As one chat completion. */
export const asCompletion: Reading<ChatCompletion> = {
  data: ({ response, plaintext }) => parseCompletion(plaintext, response),
  response: ({ response, plaintext }) => {
    const body = JSON.stringify(parseCompletion(plaintext, response))
    return new Response(body, { headers: headersOf(response, 'application/json') })
  },
}

/** As chunks, of which the last tells the tokens used, if that was asked for. */
export function asChunks(includeUsage: boolean, limit: number): Reading<Stream<ChatCompletionChunk>> {
  const events = ({ response, plaintext }: Answer): ReadableStream<Uint8Array> =>
    streamOf(writeEvents(chunksOf(parseCompletion(plaintext, response), includeUsage)))
  return {
    data: (answer) => {
      const controller = new AbortController()
      const response = { ...answer.response, body: events(answer) }
      // What is in it has been checked as a whole; as events it is larger.
      return new Stream(readEvents(response, 4 * limit, controller.signal), controller)
    },
    response: (answer) =>
      new Response(events(answer), { headers: headersOf(answer.response, `${EVENT_STREAM}; charset=utf-8`) }),
  }
}

function streamOf(parts: Iterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const part = parts.next()
      if (part.done) controller.close()
      else controller.enqueue(part.value)
    },
  })
}

/** Of the envelope's own headers, those that are true of what was in it. */
export function headersOf({ headers }: Pick<ExchangeResponse, 'headers'>, contentType: string): Headers {
  const own = new Headers()
  headers.forEach((value, name) => {
    if (!OF_THE_ENVELOPE.test(name)) own.append(name, value)
  })
  own.set('content-type', contentType)
  return own
}

const OF_THE_ENVELOPE = /^(content-.*|transfer-encoding|set-cookie|etag|trailer|connection|keep-alive)$/
