/** Reading and writing the parts of a response in tests. */
import { expect } from 'vitest'
import type { ResponsePart, SealedRequest, OpenResponseOptions, SealedPart } from '@nomyo/core/exchange'
import { concat } from '../src/lib/bytes.js'

/** What came of a response. */
export interface Outcome {
  readonly parts: readonly ResponsePart[]
  /** The DATA that was released. */
  readonly text: string
  readonly error: unknown
}

/** Opens `chunks` in both ways, of which the same must come, and gives everything that did. */
export async function openAll(
  sealed: SealedRequest,
  chunks: readonly Uint8Array[],
  options?: OpenResponseOptions,
): Promise<Outcome> {
  const outcome = await readAll(streamOf(chunks).pipeThrough(sealed.openResponse(options)))
  const looped = await openByLoop(sealed, chunks, options)
  expect(looped.parts).toEqual(outcome.parts)
  expect(String(looped.error)).toBe(String(outcome.error))
  return looped
}

/** Opens `chunks` as the client does. */
export async function openByLoop(
  sealed: SealedRequest,
  chunks: Iterable<Uint8Array>,
  options?: OpenResponseOptions,
): Promise<Outcome> {
  const each = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    yield* chunks
  }
  return readAll(sealed.openParts(each(), options))
}

export async function readAll(
  given: ReadableStream<ResponsePart> | AsyncGenerator<ResponsePart>,
): Promise<Outcome> {
  const parts: ResponsePart[] = []
  let error: unknown
  try {
    for await (const part of given instanceof ReadableStream ? partsOf(given) : given) parts.push(part)
  } catch (reason) {
    error = reason
  }
  const bytes = parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))
  return { parts, text: new TextDecoder().decode(concat(...bytes)), error }
}

/** Not every engine has a stream that can be looped over. */
export async function* partsOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
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
