/** Faults of one connection. Offsets count the bytes of one direction of a connection, HTTP and all. */
import { bodyOf, drop, headLength, wholeAnswer, type Outlet, type Passage } from './passage.ts'
import type { Fault } from './proxy.ts'

/** Which way. */
export type Direction = 'toRouter' | 'toClient'

/** A fault of one direction. */
export const on = (direction: Direction, passage: Passage): Fault => ({ [direction]: passage })

/** Every piece comes `ms` later. */
export function delayed(direction: Direction, ms: number): Fault {
  return on(direction, async (from, to) => {
    for await (const chunk of from) {
      await pause(ms)
      await to.write(chunk)
    }
    to.end()
  })
}

/** The first `at` bytes, then the rest, not before the receiver could read the first. */
export function splitAt(direction: Direction, at: number): Fault {
  return onceAt(direction, at, () => pause(0))
}

/** Byte by byte, each `ms` after the one before; with `head`, HTTP's head at once. Ends when the client has gone. */
export function trickled(direction: Direction, ms: number, head?: 'head'): Fault {
  return on(direction, async (from, to) => {
    const queue: Buffer[] = []
    let [hasEnded, isHead] = [false, head !== undefined]
    const reading = (async () => {
      for await (const chunk of from) queue.push(chunk)
      hasEnded = true
    })()
    const isOver = (): boolean => hasEnded && (direction === 'toRouter' || queue.length === 0)
    while (!isOver()) {
      await pause(ms)
      const chunk = queue.shift()
      if (chunk === undefined) continue
      const length = isHead ? (headLength(chunk) ?? 1) : 1
      isHead = false
      if (chunk.length > length) queue.unshift(chunk.subarray(length))
      await to.write(chunk.subarray(0, length))
    }
    await reading
    to.end()
  })
}

/** The connection ends after `at` bytes. */
export function cutAt(direction: Direction, at: number): Fault {
  return onceAt(direction, at, async (to) => to.cut(), drop)
}

/** The same, counted in an answer that is held back until it is whole: at most to its last byte but one. */
export function cutAnswerAt(at: number): Fault {
  return on('toClient', async (from, to) => {
    const answer = await wholeAnswer(from)
    await to.write(answer.subarray(0, Math.min(at, answer.length - 1)))
    to.cut()
  })
}

/** Only the first `at` bytes of the answer's body, under a head that says no length: HTTP calls that whole. */
export function shortenedTo(at: number): Fault {
  return on('toClient', async (from, to) => {
    const answer = await wholeAnswer(from)
    const body = bodyOf(answer)
    const head = answer.toString('latin1', 0, headLength(answer))
    const kept = head.replaceAll(/^(?:content-length|transfer-encoding|connection):.*\r\n/gim, '')
    await to.write(Buffer.from(kept.replace(/\r\n$/, 'connection: close\r\n\r\n'), 'latin1'))
    await to.write(body.subarray(0, Math.min(at, body.length - 1)))
    to.end()
    await drop(from, to)
  })
}

/** The connection breaks with a reset after `at` bytes. */
export function resetAt(direction: Direction, at: number): Fault {
  return onceAt(direction, at, async (to) => to.reset(), drop)
}

/** One direction ends after `at` bytes, the other stays. */
export function halfClosedAt(direction: Direction, at: number): Fault {
  return onceAt(direction, at, async (to) => to.end(), drop)
}

/** Nothing comes any more after `at` bytes, and nothing ends. */
export function stalledAt(direction: Direction, at: number): Fault {
  return onceAt(direction, at, async () => undefined, drop)
}

/** One bit of the byte at `at` is another one. */
export function changedAt(direction: Direction, at: number): Fault {
  return on(direction, async (from, to) => {
    let offset = 0
    for await (const chunk of from) {
      const copy = Buffer.from(chunk)
      const place = at - offset
      if (place >= 0 && place < copy.length) copy[place]! ^= 1 << (at % 8)
      offset += chunk.length
      await to.write(copy)
    }
    to.end()
  })
}

/** Does something after the first `at` bytes, with 0 when the first has come, before the rest goes on, or goes where `rest` brings it. */
export function onceAt(
  direction: Direction,
  at: number,
  act: (to: Outlet) => Promise<void>,
  rest?: (from: AsyncIterable<Buffer>, to: Outlet) => Promise<void>,
): Fault {
  return on(direction, async (from, to) => {
    const chunks = from[Symbol.asyncIterator]()
    const all = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }
    let [offset, isDone] = [0, false]
    for await (const chunk of all) {
      const place = at - offset
      offset += chunk.length
      if (isDone || place > chunk.length) {
        await to.write(chunk)
        continue
      }
      isDone = true
      await to.write(chunk.subarray(0, place))
      await act(to)
      if (rest !== undefined) return rest(all, to)
      await to.write(chunk.subarray(place))
    }
    to.end()
  })
}

/** Without a time, until the other end could read what was written: it is in this process. */
async function pause(ms: number): Promise<void> {
  if (ms > 0) return new Promise((resolve) => setTimeout(resolve, ms))
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
