/** Reading bodies within a limit. The limit counts decompressed bytes, so a compressed bomb stops early. */
import type { Bytes } from '@nomyo/core'
import { abortable } from './abort.js'
import { connectionError } from './connection-error.js'

/**
 * All bytes of `body`, or undefined, with the rest cancelled, if there are more than `limit`.
 * @throws APIConnectionError if the connection breaks; the signal's reason if it aborts.
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal: AbortSignal,
): Promise<Bytes | undefined> {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) return join(chunks, size)
      size += value.length
      if (size > limit) return undefined
      chunks.push(value)
    }
  } catch (error) {
    throw connectionError(error, signal)
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    reader.cancel().catch(() => undefined)
  }
}

/** Lets go of a body that nobody will read, and of its connection. */
export function discard(body: ReadableStream<Uint8Array> | null): void {
  body?.cancel().catch(() => undefined)
}

function join(chunks: readonly Uint8Array[], size: number): Bytes {
  if (chunks.length === 1) return chunks[0]! as Bytes
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
