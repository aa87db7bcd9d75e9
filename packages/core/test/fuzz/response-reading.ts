/** Opening a response in either way. */
import type { ResponsePart, SealedRequest } from '@nomyo/core/exchange'

/** What came of a response. */
export interface Outcome {
  readonly parts: readonly ResponsePart[]
  /** Undefined if it ended as it must. */
  readonly error: unknown
  readonly isWhole: boolean
}

/** Opens `chunks` as a loop, or through a stream. */
export async function read(
  sealed: SealedRequest,
  chunks: readonly Uint8Array[],
  way: 'loop' | 'stream',
): Promise<Outcome> {
  const parts: ResponsePart[] = []
  try {
    const opened = way === 'loop' ? sealed.openParts(each(chunks)) : streamed(sealed, chunks)
    for await (const part of opened) parts.push(part)
    return { parts, error: undefined, isWhole: true }
  } catch (error) {
    return { parts, error, isWhole: false }
  }
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

async function* streamed(
  sealed: SealedRequest,
  chunks: readonly Uint8Array[],
): AsyncGenerator<ResponsePart, void, undefined> {
  const waiting = [...chunks]
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = waiting.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
  const reader = source.pipeThrough(sealed.openResponse()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** Parts in a form that can be compared. */
export function written(parts: readonly ResponsePart[]): string[] {
  return parts.map((part) =>
    part.kind === 'data' ? `data ${Buffer.from(part.bytes).toString('base64')}` : JSON.stringify(part),
  )
}
