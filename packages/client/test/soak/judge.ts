/** What a soak must show, and its report. */
import type { Counts } from './changes.ts'
import { eventsOf, type Event, type Numbers } from './plan.ts'
import type { Held } from './resources.ts'
import type { Tally } from './tally.ts'

/** What was measured. */
export interface Measured {
  readonly tally: Pick<Tally, 'ended' | 'right' | 'faults' | 'away' | 'unexplained' | 'lines'>
  readonly seconds: number
  readonly changes: Counts
  /** Calls over 2.0 of which an envelope was processed twice. */
  readonly twice: readonly number[]
  /** Of this process, before anything was there and after all of it was closed. */
  readonly before: Held
  readonly after: Held
  /** The same with the clients idle: after the first part of the calls and after all. */
  readonly idle: { readonly settled: Held; readonly end: Held }
  /** Of the router's: bytes of memory at the same times; file descriptors before any connection and after the last. */
  readonly router: {
    readonly settled: number | undefined
    readonly resident: number | undefined
    readonly idle: number | undefined
    readonly left: number | undefined
  }
}

/** The least share of right answers. */
const RIGHT = 0.98
/** Bytes by which the heap may grow once it has settled: an answer that is kept of each call would be more than twice that. */
export const HEAP_GROWTH = 4e6
/** Bytes by which the router's memory may grow meanwhile, its memory of claims included. */
export const ROUTER_GROWTH = 48e6

interface Check {
  readonly what: string
  /** Undefined: it cannot be seen here. */
  readonly holds: boolean | undefined
  readonly seen: string
}

/** The report: what happened, what was checked, and as its last line the counts. */
export function linesOf(measured: Measured, numbers: Numbers): string[] {
  const { tally, seconds, changes } = measured
  const checks = checksOf(measured, numbers)
  const count = (holds: boolean | undefined): number => checks.filter((check) => check.holds === holds).length
  return [
    `${tally.ended} calls, ${numbers.width} at once, in ${seconds.toFixed(0)} s: ${(tally.ended / seconds).toFixed(0)} a second; seed ${numbers.seed}`,
    `The router’s key changed ${changes['router key']} times, the client’s ${changes['client key']} times; the router was restarted ${changes.restart} time, with ${tally.away} calls under way.`,
    '',
    ...tally.lines(),
    '',
    ...checks.map(({ what, holds, seen }) => `${wordOf(holds)} ${what}: ${seen}`),
    ...tally.unexplained,
    '',
    `${count(true)} passed, ${count(false)} failed, ${count(undefined)} skipped`,
  ]
}

const wordOf = (holds: boolean | undefined): string =>
  holds === undefined ? 'skipped (no /proc)' : holds ? 'ok    ' : 'FAILED'

/** Each with what was seen. */
export function checksOf(measured: Measured, numbers: Numbers): readonly Check[] {
  const { tally, twice, before, after, idle, router, changes } = measured
  const share = tally.right / tally.ended
  const planned = eventsOf(numbers)
  const same = (what: string, from: number | undefined, to: number | undefined): Check => ({
    ...{ what, seen: `${String(from)} before, ${String(to)} after` },
    holds: from === undefined || to === undefined ? undefined : to <= from,
  })
  const grown = (what: string, from: number | undefined, to: number | undefined, limit: number): Check => ({
    what,
    seen: `${mb(from)} to ${mb(to)} MB, at most ${mb(limit)} more`,
    holds: from === undefined || to === undefined ? undefined : to - from <= limit,
  })
  return [
    {
      ...{ what: `right answers, at least ${100 * RIGHT} %`, holds: share >= RIGHT },
      seen: `${tally.right} of ${tally.ended}, ${(100 * share).toFixed(2)} %; ${tally.faults} met a fault`,
    },
    {
      ...{ what: 'every other outcome is explained', holds: tally.unexplained.length === 0 },
      seen: `${tally.unexplained.length === 0 ? 'none is' : 'some are'} not`,
    },
    {
      ...{ what: 'envelopes of 2.0 that were processed twice', holds: twice.length === 0 },
      seen: twice.length === 0 ? 'none' : `calls ${twice.slice(0, 20).join(', ')}`,
    },
    {
      ...{
        what: 'every planned change was made',
        holds: (Object.keys(changes) as Event['kind'][]).every(
          (kind) => changes[kind] === planned.filter((event) => event.kind === kind).length,
        ),
      },
      seen: `${planned.length} planned`,
    },
    grown('heap', idle.settled.heap, idle.end.heap, HEAP_GROWTH),
    same('file descriptors', before.descriptors, after.descriptors),
    same('listeners', idle.settled.listeners, idle.end.listeners),
    same('timers', before.timers, after.timers),
    grown('memory of the router', router.settled, router.resident, ROUTER_GROWTH),
    same('file descriptors of the router', router.idle, router.left),
  ]
}

const mb = (bytes: number | undefined): string => (bytes === undefined ? '?' : (bytes / 1e6).toFixed(1))
