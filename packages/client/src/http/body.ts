/** Reading bodies within a limit. The limit counts decompressed bytes, so a compressed bomb stops early. */
import type { Bytes } from '@nomyo/core'
import { joined } from '@nomyo/core/internal'
import { connectionError } from './connection-error.js'

/**
 * All bytes of `body`, or undefined, with the rest cancelled, if there are more than `limit`.
 * @param expected - how many there are said to be: room is made for them, so that they never lie there twice.
 * @throws APIConnectionError if the connection breaks; the signal's reason if it aborts.
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal: AbortSignal,
  expected: number = 0,
): Promise<Bytes | undefined> {
  // Engines give no memory before it is touched: a length that promises too much costs nothing.
  const room = new Uint8Array(Math.min(expected, limit))
  const beyond: Uint8Array[] = []
  let [size, used] = [0, 0]
  for await (const part of readParts(body, signal)) {
    size += part.length
    if (size > limit) return undefined
    if (size > room.length) beyond.push(part)
    else {
      room.set(part, used)
      used = size
    }
  }
  return beyond.length === 0
    ? room.subarray(0, used)
    : joined([...(used > 0 ? [room.subarray(0, used)] : []), ...beyond])
}

/** The same of a plaintext, which is ours: of its parts nothing is left but what is given. @throws as {@link readUpTo}. */
export async function readPlaintextUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal: AbortSignal,
): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = []
  let [size, whole]: [number, Bytes | undefined] = [0, undefined]
  try {
    for await (const part of readParts(body, signal)) {
      parts.push(part)
      size += part.length
      if (size > limit) return undefined
    }
    whole = joined(parts)
    return whole
  } finally {
    for (const part of parts) if (part !== whole) part.fill(0)
  }
}

/** The parts of `body` as they arrive. Leaving them early closes the connection. @throws as {@link readUpTo}. */
export async function* readParts(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return
  const reader = body.getReader()
  // Ends a read that is pending. One listener for all of them: each would cost more than the read.
  const stop = (): void => void reader.cancel().catch(() => undefined)
  let isRead = false
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', stop)
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      isRead = done
      if (done) return
      yield value
    }
  } catch (error) {
    throw connectionError(error, signal)
  } finally {
    signal.removeEventListener('abort', stop)
    // Before the end this closes the connection.
    if (!isRead) stop()
  }
}
