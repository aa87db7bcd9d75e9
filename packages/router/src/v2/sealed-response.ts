/** The outer response, with the sealed parts of the answer as its body. */
import type { Bytes } from '@nomyo/core'
import { RESPONSE_TYPE, type OpenedRequest, type SealResponseOptions } from '@nomyo/core/exchange'
import { PAYLOAD_ID_HEADER } from '../protocol.js'
import type { Call } from '../routes/call.js'

/** A request that was opened, and what its answer needs. */
export interface Exchange {
  readonly call: Call
  readonly opened: OpenedRequest
  readonly payloadID: string
}

/** How an answer is sealed. Without `frameBytes` it is a whole one, of which nothing is wanted before its end. */
export interface Sealing extends SealResponseOptions {
  /** Ends what is behind the parts; `isCut` if the client has gone before their end. */
  readonly end?: (isCut: boolean) => void
}

/** The response, whose end, whichever it is, ends everything behind it. */
export async function sealed(
  { call, opened, payloadID }: Exchange,
  parts: Parameters<OpenedRequest['sealParts']>[0],
  { end: endBehind, ...options }: Sealing = {},
): Promise<Response> {
  call.note({ payloadID })
  const headers = { 'content-type': RESPONSE_TYPE, [PAYLOAD_ID_HEADER]: payloadID }
  const chunks = new Chunks(opened.sealParts(parts, options), (isCut) => {
    endBehind?.(isCut)
    opened.wipe()
  })
  if (options.frameBytes !== undefined) return new Response(streamOf(chunks), { headers })
  // Most whole answers are one chunk: a stream would cost as much again.
  const ahead = [await chunks.next(), await chunks.next()].filter((chunk) => chunk !== undefined)
  return new Response(ahead.length === 1 ? ahead[0]! : streamOf(chunks, ahead), { headers })
}

/** The chunks of an answer; `end` is told of their end, whichever it is. */
class Chunks {
  readonly #chunks: AsyncGenerator<Bytes, void, undefined>
  readonly #end: (isCut: boolean) => void

  constructor(chunks: AsyncGenerator<Bytes, void, undefined>, end: (isCut: boolean) => void) {
    this.#chunks = chunks
    this.#end = end
  }

  /** The next one, or undefined behind the last. */
  async next(): Promise<Bytes | undefined> {
    try {
      const { done, value } = await this.#chunks.next()
      if (done) this.#end(false)
      return value ?? undefined
    } catch (error) {
      this.#end(true)
      throw error
    }
  }

  /** The client has gone: whatever is being generated is generated for nobody. */
  cut(): void {
    this.#end(true)
    void this.#chunks.return().catch(() => undefined)
  }
}

/** `ahead`, then the rest, each when it is asked for. */
function streamOf(chunks: Chunks, ahead: Bytes[] = []): ReadableStream<Bytes> {
  return new ReadableStream(
    {
      async pull(controller) {
        const next = ahead.shift() ?? (await chunks.next())
        if (next === undefined) controller.close()
        else controller.enqueue(next)
      },
      cancel: () => chunks.cut(),
    },
    // Nothing is read of the models' server before the client asks for it.
    { highWaterMark: 0 },
  )
}
