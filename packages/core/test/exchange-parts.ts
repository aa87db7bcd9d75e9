/** Reading and writing the parts of a response in tests. */
import type { ResponsePart, SealedRequest, OpenResponseOptions, SealedPart } from '@nomyo/core/exchange'
import { concat } from '../src/lib/bytes.js'

/** What came of a response. */
export interface Outcome {
  readonly parts: readonly ResponsePart[]
  /** The DATA that was released. */
  readonly text: string
  readonly error: unknown
}

/** Feeds `chunks` to a fresh opener of `sealed` and reads everything that it gives. */
export async function openAll(
  sealed: SealedRequest,
  chunks: Iterable<Uint8Array>,
  options?: OpenResponseOptions,
): Promise<Outcome> {
  return readAll(streamOf(chunks).pipeThrough(sealed.openResponse(options)))
}

/** The same with the loop. */
export async function openAllInLoop(
  sealed: SealedRequest,
  chunks: Iterable<Uint8Array>,
  options?: OpenResponseOptions,
): Promise<Outcome> {
  const loop = sealed.openParts(iterate(chunks), options)
  return outcomeOf(() => loop.next())
}

export async function readAll(stream: ReadableStream<ResponsePart>): Promise<Outcome> {
  const reader = stream.getReader()
  return outcomeOf(() => reader.read())
}

type Next = { readonly done?: false; readonly value: ResponsePart } | { readonly done: true }

async function outcomeOf(read: () => Promise<Next>): Promise<Outcome> {
  const parts: ResponsePart[] = []
  let error: unknown
  try {
    for (;;) {
      const next = await read()
      if (next.done === true) break
      parts.push(next.value)
    }
  } catch (reason) {
    error = reason
  }
  const bytes = parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))
  return { parts, text: new TextDecoder().decode(concat(...bytes)), error }
}

async function* iterate<T>(chunks: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* chunks
}

export function streamOf<T>(chunks: Iterable<T>): ReadableStream<T> {
  const iterator = chunks[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
}

/** The chunks of a sealed response. */
export async function sealAll(
  sealer: TransformStream<SealedPart, Uint8Array>,
  parts: Iterable<SealedPart>,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  const reader = streamOf(parts).pipeThrough(sealer).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks
    chunks.push(value)
  }
}
