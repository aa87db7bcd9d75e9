/** Chunks as server-sent events (HTML Living Standard, 9.2), as OpenAI's API sends them. */
import { parseJsonObject, PLAINTEXT_JSON, SecurityError, StreamTruncatedError } from '@nomyo/core'
import type { JsonObject } from '@nomyo/core'
import { joined } from '@nomyo/core/internal'
import { createParser } from 'eventsource-parser'
import { errorInAnswer } from '../errors/from-response.js'
import type { Answered } from '../exchange/exchange.js'
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
 * The chunks in such a stream, whose bytes are overwritten as they are read.
 * @throws StreamTruncatedError if it ends before its last event: what arrived is incomplete.
 * @throws SecurityError `response_too_large`, or `answer_mismatch` for an event that is no chunk.
 * @throws APIError for an event that tells of a failure.
 */
export async function* readEvents(
  response: Answered,
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
    parser.feed(textOf(bytes, decoder))
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

/** Overwrites `bytes`. */
function textOf(bytes: Uint8Array, decoder: TextDecoder): string {
  try {
    return decoder.decode(bytes, { stream: true })
  } finally {
    bytes.fill(0)
  }
}

function chunkOf(data: string, response: Answered): ChatCompletionChunk {
  const chunk = parsed(data)
  if (Array.isArray(chunk?.['choices'])) return chunk as unknown as ChatCompletionChunk
  if (chunk?.['error'] === undefined) {
    throw new SecurityError('answer_mismatch', 'A part of the answer is no chunk of a chat completion.')
  }
  throw errorInAnswer(chunk, response, response.secrets)
}

function parsed(data: string): JsonObject | undefined {
  const bytes = new TextEncoder().encode(data)
  try {
    return parseJsonObject(bytes, PLAINTEXT_JSON)
  } finally {
    bytes.fill(0)
  }
}

/**
 * The same bytes, but the event that ends them is held back until `body` has ended well: readers of OpenAI's streams
 * take it for the end, and would not see that what should follow it, the final frame, never came.
 */
export async function* withDoneLast(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  /** What may become that event; then it and all that follows, as it came: joining each time would take for ever. */
  const held: Uint8Array[] = []
  let isDone = false
  let isLineStart = true
  for await (const part of readParts(body, signal)) {
    if (isDone) {
      held.push(part)
      continue
    }
    const bytes = joined([...held.splice(-1), part])
    const { from, isWhole } = findDone(bytes, isLineStart)
    isDone = isWhole
    if (from < bytes.length) held.push(bytes.subarray(from))
    if (from === 0) continue
    isLineStart = isLineEnd(bytes[from - 1])
    yield bytes.subarray(0, from)
  }
  yield* held
}

/** The lines with which OpenAI's streams end. */
const DONE_LINES = [`data: ${DONE}`, `data:${DONE}`]

/**
 * Where such a line begins, or what may become one; the length if there is nothing of it. Within a line it is only
 * what the model said.
 */
function findDone(bytes: Uint8Array, isLineStart: boolean): { from: number; isWhole: boolean } {
  // One character for each byte; and one before them, so that they do not begin a line.
  const text = (isLineStart ? '\n' : ' ') + new TextDecoder('latin1').decode(bytes)
  const found = text.search(/^data: ?\[DONE\]/m)
  if (found !== -1) return { from: found - 1, isWhole: true }
  const start = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
  const mayBecomeOne = start > 0 && DONE_LINES.some((line) => line.startsWith(text.slice(start)))
  return { from: mayBecomeOne ? start - 1 : bytes.length, isWhole: false }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d
}
