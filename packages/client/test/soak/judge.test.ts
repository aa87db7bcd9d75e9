/** That a soak would be red: its plan, what it takes for explained, and what it holds against what was measured. */
import { describe, expect, test } from 'vitest'
import { ONCE } from '../faults/expected.ts'
import { WAYS } from '../faults/matrix.ts'
import { checksOf, HEAP_GROWTH, linesOf, ROUTER_GROWTH, type Measured } from './judge.ts'
import { callAt, eventsOf, type Numbers } from './plan.ts'
import { explained, Tally } from './tally.ts'

const NUMBERS: Numbers = {
  ...{ calls: 50_000, width: 32, routerKeyEvery: 1_000, clientKeyEvery: 5_000, faultShare: 0.01, seed: 7 },
}
const FAULT_NAMES = ONCE.rows.map(([name]) => name)
const CHANGES = { 'router key': 49, 'client key': 9, 'restart': 1 }

/** A tally of so many right calls. */
function tallyOf(right: number): Tally {
  const tally = new Tally()
  const [way] = WAYS
  for (let index = 0; index < right; index++) {
    tally.add({ index, way: way!, fault: undefined, outcome: 'answer', wasAway: false })
  }
  return tally
}

function measured(changed: Partial<Measured> = {}): Measured {
  const held = { heap: 10e6, descriptors: 20, listeners: 7, timers: 0 }
  return {
    ...{ tally: tallyOf(100), seconds: 10, changes: CHANGES, twice: [], before: held, after: held },
    idle: { settled: held, end: held },
    router: { settled: 80e6, resident: 90e6, idle: 20, left: 20 },
    ...changed,
  }
}

/** What is not held to. */
const failed = (changed: Partial<Measured>): string[] =>
  checksOf(measured(changed), NUMBERS)
    .filter(({ holds }) => holds === false)
    .map(({ what }) => what)

describe('the plan', () => {
  test('is the same for the same seed, and another for another', () => {
    const faultsOf = (numbers: Numbers): (string | undefined)[] =>
      Array.from({ length: 2_000 }, (_, index) => callAt(index, FAULT_NAMES, numbers).fault)
    expect(faultsOf(NUMBERS)).toEqual(faultsOf({ ...NUMBERS }))
    expect(faultsOf(NUMBERS)).not.toEqual(faultsOf({ ...NUMBERS, seed: 8 }))
  })

  test('gives its share of faults, each of them, and each way of asking as often as the others', () => {
    const calls = Array.from({ length: NUMBERS.calls }, (_, index) => callAt(index, FAULT_NAMES, NUMBERS))
    const faults = calls.flatMap(({ fault }) => fault ?? [])
    expect(faults.length / NUMBERS.calls).toBeGreaterThan(0.008)
    expect(faults.length / NUMBERS.calls).toBeLessThan(0.012)
    expect(new Set(faults)).toEqual(new Set(FAULT_NAMES))
    for (const way of WAYS) expect(calls.filter((call) => call.way === way)).toHaveLength(NUMBERS.calls / 4)
  })

  test('changes the router’s key every 1,000 calls, the client’s every 5,000, and restarts once', () => {
    const events = eventsOf(NUMBERS)
    const times = (kind: string): number[] =>
      events.filter((event) => event.kind === kind).map(({ at }) => at)
    expect(times('router key')).toEqual(Array.from({ length: 49 }, (_, i) => 1_000 * (i + 1)))
    expect(times('client key')).toEqual(Array.from({ length: 9 }, (_, i) => 5_000 * (i + 1)))
    expect(times('restart')).toHaveLength(1)
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((one, other) => one - other))
  })
})

describe('an outcome is explained', () => {
  const [whole1, , whole2] = WAYS
  const fault = 'answer’s body cut in half, as if whole'

  test('by the fault that the call met, over its protocol', () => {
    expect(explained({ way: whole1!, fault, wasAway: false })).toEqual(['answer', 'decryption_failed'])
    expect(explained({ way: whole2!, fault, wasAway: false })).toEqual(['answer', 'stream_truncated'])
  })

  test('by the restart, and by nothing else', () => {
    const none = { way: whole1!, fault: undefined }
    expect(explained({ ...none, wasAway: false })).toEqual(['answer'])
    expect(explained({ ...none, wasAway: true })).toContain('connection_failed')
    expect(explained({ ...none, wasAway: true })).not.toContain('decryption_failed')
  })

  test('else it is shown', () => {
    const tally = new Tally()
    for (const outcome of ['HANG', 'WRONG ANSWER', 'UNTYPED Error: no', 'connection_failed', 'answer']) {
      tally.add({ index: 3, way: whole1!, fault: undefined, outcome, wasAway: false })
    }
    expect(tally.unexplained).toEqual([
      'call 3, no fault: HANG',
      'call 3, no fault: WRONG ANSWER',
      'call 3, no fault: UNTYPED Error: no',
      'call 3, no fault: connection_failed',
    ])
  })
})

describe('the judgement', () => {
  test('is green for what is as it should be', () => {
    expect(failed({})).toEqual([])
    expect(linesOf(measured(), NUMBERS).at(-1)).toBe('10 passed, 0 failed, 0 skipped')
  })

  test('is red for too few right answers and for one that nothing explains', () => {
    const tally = tallyOf(97)
    for (let index = 97; index < 100; index++) {
      tally.add({ index, way: WAYS[0]!, fault: undefined, outcome: 'HANG', wasAway: false })
    }
    expect(failed({ tally })).toEqual(['right answers, at least 98 %', 'every other outcome is explained'])
  })

  test.for([
    [{ twice: [5] }, 'envelopes of 2.0 that were processed twice'],
    [{ changes: { ...CHANGES, 'router key': 48 } }, 'every planned change was made'],
    [{ after: { heap: 0, descriptors: 21, listeners: 7, timers: 0 } }, 'file descriptors'],
    [{ after: { heap: 0, descriptors: 20, listeners: 7, timers: 1 } }, 'timers'],
    [{ idle: ends({ heap: 10e6 + HEAP_GROWTH + 1 }) }, 'heap'],
    [{ idle: ends({ listeners: 8 }) }, 'listeners'],
    [
      { router: { settled: 80e6, resident: 80e6 + ROUTER_GROWTH + 1, idle: 20, left: 20 } },
      'memory of the router',
    ],
    [{ router: { settled: 80e6, resident: 80e6, idle: 20, left: 21 } }, 'file descriptors of the router'],
  ] satisfies [Partial<Measured>, string][])('is red for %o', ([changed, what]) => {
    expect(failed(changed)).toEqual([what])
  })

  test('skips what cannot be seen, and says so', () => {
    const unseen = { settled: undefined, resident: undefined, idle: undefined, left: undefined }
    const lines = linesOf(measured({ router: unseen }), NUMBERS)
    expect(lines.at(-1)).toBe('8 passed, 0 failed, 2 skipped')
    expect(lines.filter((line) => line.startsWith('skipped (no /proc)'))).toHaveLength(2)
  })
})

/** Clients that are idle with this more at the end. */
function ends(end: Partial<Measured['after']>): Measured['idle'] {
  const settled = { heap: 10e6, descriptors: 20, listeners: 7, timers: 0 }
  return { settled, end: { ...settled, ...end } }
}
