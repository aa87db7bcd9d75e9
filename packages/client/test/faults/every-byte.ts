/** One kind of fault at one byte after another, over one client. */
import { expect } from 'vitest'
import type { Certificates } from '../support/certificates.ts'
import * as faults from './faults.ts'
import { cellOf, type Way } from './matrix.ts'
import type { Fault } from './proxy.ts'
import { setStage, type Called, type Stage } from './stage.ts'
import { behind } from './tls.ts'

/** One row of the matrix. */
export interface EveryByte {
  readonly name: string
  readonly direction: faults.Direction
  readonly fault: (at: number) => Fault
}

/** The rows, in order. */
export const EVERY_BYTE: readonly EveryByte[] = [
  { name: 'request in two', direction: 'toRouter', fault: (at) => faults.splitAt('toRouter', at) },
  { name: 'answer in two', direction: 'toClient', fault: (at) => faults.splitAt('toClient', at) },
  { name: 'request cut', direction: 'toRouter', fault: (at) => faults.cutAt('toRouter', at) },
  { name: 'answer cut', direction: 'toClient', fault: faults.cutAnswerAt },
  { name: 'answer’s body cut, as if whole', direction: 'toClient', fault: faults.shortenedTo },
  { name: 'request changed', direction: 'toRouter', fault: (at) => faults.changedAt('toRouter', at) },
  { name: 'answer changed', direction: 'toClient', fault: (at) => faults.changedAt('toClient', at) },
]

/** The rows over TLS. */
export const TLS_BYTES: readonly EveryByte[] = [
  {
    name: 'request changed, at every 61st byte',
    direction: 'toRouter',
    fault: (at) => faults.changedAt('toRouter', at),
  },
  {
    name: 'answer changed, at every 61st byte',
    direction: 'toClient',
    fault: (at) => faults.changedAt('toClient', at),
  },
]

/** How far it goes. */
export interface Reach {
  /** 1 is every byte. */
  readonly step: number
  /** With them it goes over TLS, and the bytes are those of TLS. */
  readonly tls?: Certificates
  /** ms that each call may take. Default: more than enough. */
  readonly timeout?: number
}

/** ms, for a body whose length was changed to a larger one: it never arrives. */
const ROUTER_LIMIT = 1_000
/** Calls that are under way at once. */
const WORKERS = 4

/** The cell of a fault at every byte, or at each `step`th, and how many calls it took. */
export async function cellOfEveryByte(
  { fault, direction }: EveryByte,
  { step, tls, timeout, ...way }: Way & Reach,
): Promise<{ readonly cell: string; readonly calls: number }> {
  const over = tls === undefined ? { agent: { once: true } } : behind(tls, 'good', { once: true })
  await using stage = await setStage({ ...way, ...over, bodyTimeout: ROUTER_LIMIT })
  const length = await shortestOf(stage, direction)
  const places = Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step)
  stage.proxy.meet(...places.map(fault))
  const called = await callWhilePending(stage, timeout)
  expect((await stage.call()).outcome, 'after the faults').toBe('answer')
  expect(new Set(stage.sealed).size).toBe(stage.sealed.length)
  await stage.settle(0)
  // Over 1.0 as well: no fault of these makes two requests out of one.
  const most = Math.max(...called.map(({ text }) => stage.times(text)))
  expect(most, 'how often the backend was asked with one text').toBeLessThanOrEqual(1)
  return { cell: cellOf(called.map(({ outcome }) => outcome)), calls: called.length }
}

/** Calls for as long as there is a fault for each call that is under way, and one more. */
async function callWhilePending(stage: Stage, timeout?: number): Promise<Called[]> {
  const called: Called[] = []
  let running = 0
  const work = async (): Promise<void> => {
    while (stage.proxy.pending > running && running < WORKERS) {
      running++
      const call = stage.call(timeout)
      void call.then(() => running--)
      // Others start meanwhile, as many as may.
      called.push(...(await Promise.all([call, work()]).then(([one]) => [one])))
    }
  }
  await work()
  return called
}

/** Bytes of that direction: of three calls the fewest, since the time in an answer of 1.0 has no fixed length. */
async function shortestOf(stage: Stage, direction: faults.Direction): Promise<number> {
  const lengths: number[] = []
  for (let call = 0; call < 3; call++) {
    expect((await stage.call()).outcome, 'before the faults').toBe('answer')
    const { sent, received } = stage.proxy.last
    lengths.push(direction === 'toRouter' ? sent : received)
  }
  return Math.min(...lengths)
}
