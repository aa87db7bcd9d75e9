/** Each fault once: what is done to a call, how long the call may take, and what it needs to be set up. */
import * as doubling from './doubling.ts'
import * as faults from './faults.ts'
import type { Fault } from './proxy.ts'
import * as reordering from './reordering.ts'

/** One row of the matrix. */
export interface Case {
  readonly name: string
  /** For a call of these sizes; two of them are for two calls at once. */
  readonly faults: (size: { readonly sent: number; readonly received: number }) => readonly Fault[]
  /** ms that the call may take. Default: more than enough. */
  readonly timeout?: number
  /** ms that the router waits for the request's body. Default: its own limit. */
  readonly bodyTimeout?: number
  /** Whether the router gets the request twice. */
  readonly isTwice?: boolean
  /** Whether it is a row of those with repetitions too. */
  readonly repeated?: boolean
}

/** ms, where what comes is the end of the call's time. */
const SHORT = 400
const half = (length: number): number => Math.floor(length / 2)

/** The rows, in order. */
export const CASES: readonly Case[] = [
  {
    name: 'each piece of request and answer 40 ms later',
    faults: () => [{ ...faults.delayed('toRouter', 40), ...faults.delayed('toClient', 40) }],
  },
  {
    name: 'request and answer byte by byte',
    faults: () => [{ ...faults.trickled('toRouter', 0), ...faults.trickled('toClient', 0) }],
  },
  {
    name: 'request cut in half',
    faults: ({ sent }) => [faults.cutAt('toRouter', half(sent))],
    repeated: true,
  },
  { name: 'cut before the answer', faults: () => [faults.cutAt('toClient', 0)], repeated: true },
  {
    name: 'answer cut in half',
    faults: ({ received }) => [faults.cutAt('toClient', half(received))],
    repeated: true,
  },
  { name: 'answer’s body cut in half, as if whole', faults: () => [faults.shortenedTo(400)], repeated: true },
  {
    name: 'reset in the request',
    faults: ({ sent }) => [faults.resetAt('toRouter', half(sent))],
    repeated: true,
  },
  { name: 'reset before the answer', faults: () => [faults.resetAt('toClient', 0)], repeated: true },
  {
    name: 'reset in the answer',
    faults: ({ received }) => [faults.resetAt('toClient', half(received))],
    repeated: true,
  },
  {
    name: 'half-close after the request',
    faults: ({ sent }) => [faults.halfClosedAt('toRouter', sent)],
    repeated: true,
  },
  {
    name: 'half-close before the answer',
    faults: () => [faults.halfClosedAt('toClient', 0)],
    repeated: true,
  },
  {
    name: 'half-close in the answer',
    faults: ({ received }) => [faults.halfClosedAt('toClient', half(received))],
    repeated: true,
  },
  {
    name: 'request stalls',
    faults: ({ sent }) => [faults.stalledAt('toRouter', half(sent))],
    timeout: SHORT,
    repeated: true,
  },
  {
    name: 'answer never begins',
    faults: () => [faults.stalledAt('toClient', 0)],
    timeout: SHORT,
    repeated: true,
  },
  {
    name: 'answer stalls',
    faults: ({ received }) => [faults.stalledAt('toClient', half(received))],
    timeout: SHORT,
    repeated: true,
  },
  {
    name: 'request’s body stalls longer than the router waits',
    faults: ({ sent }) => [faults.stalledAt('toRouter', sent - 100)],
    bodyTimeout: SHORT,
  },
  {
    name: 'slow request: a byte every 10 ms',
    faults: () => [faults.trickled('toRouter', 10)],
    timeout: SHORT,
  },
  {
    name: 'slow request’s body: slower than the router waits',
    faults: () => [faults.trickled('toRouter', 10, 'head')],
    bodyTimeout: SHORT,
  },
  {
    name: 'slow answer: a byte every 10 ms',
    faults: () => [faults.trickled('toClient', 10)],
    timeout: SHORT,
  },
  { name: 'request sent twice at once', faults: () => [doubling.sentTwice()], isTwice: true, repeated: true },
  {
    name: 'request sent again after its answer',
    faults: () => [doubling.sentAgain()],
    isTwice: true,
    repeated: true,
  },
  { name: 'answer twice', faults: () => [doubling.answeredTwice()] },
  {
    name: '64 bytes of the request twice',
    faults: ({ sent }) => [doubling.repeatedAt('toRouter', sent - 100, 64)],
  },
  {
    name: '64 bytes of the answer twice',
    faults: ({ received }) => [doubling.repeatedAt('toClient', received - 100, 64)],
  },
  { name: 'two calls, the second answered first', faults: () => reordering.overtaken() },
  { name: 'two calls, each with the other’s answer', faults: () => reordering.exchanged() },
]

/** The rows over TLS; what is counted are bytes of TLS. */
export const TLS_CASES: readonly Case[] = [
  { name: 'cut in the answer', faults: ({ received }) => [faults.cutAt('toClient', received - 500)] },
  { name: 'reset in the answer', faults: ({ received }) => [faults.resetAt('toClient', received - 500)] },
  { name: 'stalls in the handshake', faults: () => [faults.stalledAt('toClient', 100)], timeout: SHORT },
]
