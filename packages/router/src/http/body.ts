/** Reading bodies within a limit. */
import type { Bytes } from '@nomyo/core'
import { abortable } from '@nomyo/core/internal'

const FIRST_CAPACITY = 64 * 1024

/**
 * All bytes of `body`, or undefined if there are more than `limit`. The stream is left where it is then, for
 * the caller to cancel: to cancel a request's body would close the connection before it is answered.
 * @param expected - how many there are said to be: room for all of them is made once there are more than a few.
 * @throws whatever the stream throws; the signal's reason if it aborts.
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal: AbortSignal,
  expected: number = 0,
): Promise<Bytes | undefined> {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const bytes = new GrowingBytes(limit, expected)
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) return bytes.take()
      if (!bytes.append(value)) return undefined
    }
  } catch (error) {
    bytes.wipe()
    throw error
  } finally {
    release(reader)
  }
}

function release(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  try {
    reader.releaseLock()
  } catch {
    // Some runtimes keep the lock while a read is pending, as it is after an abort.
  }
}

/** One buffer, so that a body of a million small chunks costs no more than a whole one. */
class GrowingBytes {
  readonly #limit: number
  readonly #expected: number
  #buffer: Bytes
  #length = 0

  constructor(limit: number, expected: number) {
    this.#limit = limit
    this.#expected = expected
    this.#buffer = new Uint8Array(Math.min(limit, FIRST_CAPACITY))
  }

  /** Whether `chunk` still fitted; if not, all is overwritten. */
  append(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length
    if (length > this.#limit) {
      this.wipe()
      return false
    }
    if (length > this.#buffer.length) this.#grow(length)
    this.#buffer.set(chunk, this.#length)
    this.#length = length
    return true
  }

  /** What was collected: a view, so that overwriting it leaves nothing behind. */
  take(): Bytes {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Only what was written: engines give memory that nobody has touched yet, and a length may promise 10 MiB of it. */
  wipe(): void {
    this.#buffer.fill(0, 0, this.#length)
  }

  #grow(length: number): void {
    const wanted = Math.max(length, this.#buffer.length * 2, this.#expected)
    const larger = new Uint8Array(Math.min(this.#limit, wanted))
    larger.set(this.#buffer)
    this.wipe()
    this.#buffer = larger
  }
}
