/** Two ways to open a response: as a transform, for those who have streams, and as a loop, which costs less. */
import { within } from '../lib/waiting.js'
import { Opening, type OpeningLimits, type ResponseExpectation } from './opening.js'
import type { ResponsePart } from './parts.js'

/** What a response may take. */
export interface OpenResponseOptions extends OpeningLimits {
  /** ms for which a connection may stay open after the final frame. Default: 1000. */
  readonly linger?: number
}

/** From a response's body to its parts. */
export type ResponseOpener = TransformStream<Uint8Array, ResponsePart>

const LINGER = 1000

/**
 * A transform that opens a response and gives each part once it is authenticated, the first of them META. It holds
 * one frame at most.
 *
 * It errors with StreamTruncatedError if the response ends before its final frame, and with one opaque SecurityError
 * for everything else that is wrong. A connection that is held open after the final frame is let go.
 */
export function openResponse(expected: ResponseExpectation, options: OpenResponseOptions): ResponseOpener {
  const opening = new Opening(expected, options)
  let lingering: ReturnType<typeof setTimeout> | undefined
  return new TransformStream<Uint8Array, ResponsePart>({
    transform: async (chunk, controller) => {
      try {
        for await (const part of opening.open(chunk)) controller.enqueue(part)
      } catch (error) {
        clearTimeout(lingering)
        throw error
      }
      if (!opening.isEnded || lingering !== undefined) return
      lingering = setTimeout(() => controller.terminate(), options.linger ?? LINGER)
    },
    flush: () => {
      clearTimeout(lingering)
      opening.assertEnded()
    },
  })
}

/**
 * The same as a loop over the chunks of the body, which are let go when it is left. A chunk that is being waited for
 * cannot be: a connection that is held open after the final frame is the caller's to close.
 */
export async function* openParts(
  chunks: AsyncIterator<Uint8Array, unknown>,
  expected: ResponseExpectation,
  options: OpenResponseOptions,
): AsyncGenerator<ResponsePart, void, undefined> {
  const opening = new Opening(expected, options)
  try {
    for (;;) {
      const next = await (opening.isEnded ? within(chunks.next(), options.linger ?? LINGER) : chunks.next())
      if (next === undefined || next.done === true) break
      yield* opening.open(next.value)
    }
    opening.assertEnded()
  } finally {
    // Not waited for: it may have to wait for a chunk that never comes.
    void chunks.return?.().catch(() => undefined)
  }
}
