/** Chunks as server-sent events (HTML Living Standard, 9.2), as OpenAI's API sends them. */
import { parseJsonObject, PLAINTEXT_JSON, SecurityError, StreamTruncatedError } from '@nomyo/core'
import { createParser } from 'eventsource-parser'
import { apiErrorOf } from '../errors/api-error.js'
import { failureOf } from '../errors/failure-body.js'
import type { ExchangeResponse } from '../exchange/exchange.js'
import { readParts } from '../http/body.js'
import type { ChatCompletionChunk } from '../types/chunk.js'
import type { ChatCompletionMetadata } from '../types/completion.js'

/** The media type of such a stream. */
export const EVENT_STREAM = 'text/event-stream'

/** The data of the event after the last chunk. */
const DONE = '[DONE]'

/** The events of these chunks, with the one that ends them. */
export function* writeEvents(chunks: Iterable<ChatCompletionChunk>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const chunk of chunks) yield encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`)
  yield encoder.encode(`data: ${DONE}\n\n`)
}

/** How events are read. */
export interface ReadingEvents {
  /** Bytes. */
  readonly limit: number
  readonly signal: AbortSignal
  /** For the first chunk, if it does not bring its own. */
  readonly metadata?: ChatCompletionMetadata | undefined
}

/**
 * The chunks in such a stream.
 * @throws StreamTruncatedError if it ends before its last event: what arrived is incomplete.
 * @throws SecurityError `response_too_large`, or `answer_mismatch` for an event that is no chunk.
 * @throws APIError for an event that tells of a failure.
 */
export async function* readEvents(
  response: ExchangeResponse,
  { limit, signal, metadata }: ReadingEvents,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const events: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void events.push(data) })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  let isDone = false
  let once: Pick<ChatCompletionChunk, '_metadata'> = metadata === undefined ? {} : { _metadata: metadata }
  for await (const bytes of readParts(response.body, signal)) {
    size += bytes.length
    if (size > limit)
      throw new SecurityError('response_too_large', `The answer is larger than ${limit} bytes.`)
    parser.feed(decoder.decode(bytes, { stream: true }))
    for (const data of events.splice(0)) {
      if (data === DONE) isDone = true
      if (isDone) continue
      yield { ...chunkOf(data, response), ...once }
      once = {}
    }
  }
  // Not before: an answer is whole once its last byte is authenticated, whatever it says of itself.
  if (!isDone) throw new StreamTruncatedError()
}

function chunkOf(data: string, { status, headers, authenticated }: ExchangeResponse): ChatCompletionChunk {
  const chunk = parseJsonObject(new TextEncoder().encode(data), PLAINTEXT_JSON)
  if (Array.isArray(chunk?.['choices'])) return chunk as unknown as ChatCompletionChunk
  if (chunk?.['error'] === undefined) {
    throw new SecurityError('answer_mismatch', 'A part of the answer is no chunk of a chat completion.')
  }
  throw apiErrorOf({ ...failureOf(chunk, []), status, headers, authenticated })
}
