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

/** The bytes with which OpenAI's streams end. */
const DONE_EVENT = `data: ${DONE}`

/**
 * The same bytes, but the event that ends them is held back until `body` has ended well: readers of OpenAI's streams
 * take it for the end, and would not see that what should follow it, the final frame, never came.
 */
export async function* withDoneLast(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array = new Uint8Array()
  for await (const part of readParts(body, signal)) {
    const bytes = joined(held, part)
    const from = startOfDone(bytes)
    held = bytes.subarray(from)
    if (from > 0) yield bytes.subarray(0, from)
  }
  if (held.length > 0) yield held
}

/** Where that event begins, or what may become it; the length if there is nothing of it. */
function startOfDone(bytes: Uint8Array): number {
  // One character for each byte.
  const text = new TextDecoder('latin1').decode(bytes)
  const found = text.indexOf(DONE_EVENT)
  if (found !== -1) return found
  for (let length = DONE_EVENT.length - 1; length > 0; length--) {
    if (text.endsWith(DONE_EVENT.slice(0, length))) return bytes.length - length
  }
  return bytes.length
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}
