/** Two ways to seal a response: as a transform, for those who have streams, and as a loop, which costs less. */
import type { Bytes } from '../lib/bytes.js'
import { Sealing, type ResponseSecrets, type SealedPart } from './sealing.js'

/** How a response is sealed. */
export interface SealResponseOptions {
  /**
   * Bytes of plaintext in every frame, a multiple of 256 up to 65,536, for an answer whose pieces are secret in
   * their sizes. Without it a frame is as large as its content, up to 65,536, padded to 256.
   */
  readonly frameBytes?: number
}

/** From the parts of a response to its body. Parts that are given as a list leave in one chunk. */
export type ResponseSealer = TransformStream<SealedPart | readonly SealedPart[], Bytes>

/**
 * A transform that seals the parts of a response, each as soon as it is written. The first part must be META, and
 * the last one marked as final: a response that ends without it is not authenticated as whole, but broken off.
 * @throws TypeError for a size that no frame has.
 */
export function sealResponse(secrets: ResponseSecrets, { frameBytes }: SealResponseOptions): ResponseSealer {
  const sealing = new Sealing(frameBytes)
  return new TransformStream({
    start: () => sealing.begin(secrets),
    transform: async (given, controller) => {
      const parts = Array.isArray(given) ? (given as readonly SealedPart[]) : [given as SealedPart]
      for await (const chunk of sealing.seal(parts)) controller.enqueue(chunk)
    },
    flush: () => sealing.assertEnded(),
  })
}

/** The same as a loop over lists of parts, each of which leaves in one chunk of at most some 64 KiB. */
export async function* sealParts(
  lists: AsyncIterable<readonly SealedPart[]> | Iterable<readonly SealedPart[]>,
  secrets: ResponseSecrets,
  { frameBytes }: SealResponseOptions,
): AsyncGenerator<Bytes, void, undefined> {
  const sealing = new Sealing(frameBytes)
  await sealing.begin(secrets)
  for await (const parts of lists) yield* sealing.seal(parts)
  sealing.assertEnded()
}
