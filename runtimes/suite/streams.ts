/** Bytes in pieces, and streams of them. */
import type { Bytes } from './fixtures.ts'

/** A stream that gives one item whenever it is asked. */
export function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  let next = 0
  return new ReadableStream<T>({
    pull(controller) {
      if (next < items.length) controller.enqueue(items[next++]!)
      else controller.close()
    },
  })
}

export async function* iteratorOf<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items
}

/** Everything that a stream gives; `seen` has it also if the stream fails. */
export async function all<T>(stream: ReadableStream<T>, seen: T[] = []): Promise<T[]> {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return seen
    seen.push(value)
  }
}

export const joined = (chunks: readonly Uint8Array[]): Bytes =>
  Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))

export const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size))
