/** The body of a models' answer in pieces whose number and times say little of its tokens. */
import type { Bytes } from '@nomyo/core'
import { joined, within } from '@nomyo/core/internal'

/** How pieces are put together. */
export interface PieceRules {
  /** Bytes from which on a piece is not waited for any longer. */
  readonly enough: number
  /** ms for which small pieces are put together; 0 takes each as it comes. */
  readonly coalesce: number
  /** ms of silence after which there is an empty piece. */
  readonly heartbeat: number
  /** The same, before the first. Default: `heartbeat`. */
  readonly patience?: number
}

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read'>

/**
 * The pieces: what arrives within `coalesce` ms of the first byte of one is part of it, but of the first, which leaves at
 * once; and after `heartbeat` ms of nothing there is one of no bytes. One read at a time, and none that nobody asked for.
 */
export async function* piecesOf(
  reader: Reader,
  { enough, coalesce, heartbeat, patience = heartbeat }: PieceRules,
): AsyncGenerator<Bytes, void, undefined> {
  const reads = new Reads(reader)
  let silence = patience
  // The first piece is what people wait for.
  let held = 0
  for (;;) {
    const first = await reads.next(silence)
    silence = heartbeat
    if (first === undefined) {
      yield new Uint8Array()
      continue
    }
    if (first.done) return
    yield joined([first.value, ...(await reads.more(enough - first.value.length, held))])
    if (reads.isDone) return
    held = coalesce
  }
}

/** The reads of a body. One that has not ended in time is waited for again by whoever comes next. */
class Reads {
  readonly #reader: Reader
  #pending: ReturnType<Reader['read']> | undefined
  #isDone = false

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Whether the body has ended. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** What is read next; undefined if nothing comes within `ms`. */
  async next(ms: number): Promise<Awaited<ReturnType<Reader['read']>> | undefined> {
    this.#pending ??= this.#reader.read()
    const read = await within(this.#pending, ms)
    if (read === undefined) return undefined
    this.#pending = undefined
    this.#isDone = read.done
    return read
  }

  /** What comes within `ms`, until it is `enough` bytes. */
  async more(enough: number, ms: number): Promise<readonly Uint8Array[]> {
    const end = performance.now() + ms
    const parts: Uint8Array[] = []
    for (let missing = enough; missing > 0;) {
      const left = end - performance.now()
      const read = left > 0 ? await this.next(left) : undefined
      if (read === undefined || read.done) break
      parts.push(read.value)
      missing -= read.value.length
    }
    return parts
  }
}
