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

export async function readAll(stream: ReadableStream<ResponsePart>): Promise<Outcome> {
  const parts: ResponsePart[] = []
  const reader = stream.getReader()
  let error: unknown
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
    }
  } catch (reason) {
    error = reason
  }
  const bytes = parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))
  return { parts, text: new TextDecoder().decode(concat(...bytes)), error }
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
