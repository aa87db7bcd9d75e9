/** Whether failures of different causes can be told apart by the time that they take. */

/** A way to fail. */
export interface Cause {
  readonly name: string
  /** Makes what fails; what it gives fails, and gives the ms that this took. */
  readonly prepare: () => Promise<() => Promise<number>>
}

/** ms of each failure, by the name of its cause. */
export type Times = ReadonlyMap<string, readonly number[]>

/** Rounds before those that count, for the engine to compile what runs often. */
const WARM_UP = 40

/**
 * Takes the time of each cause once in each round, in an order that is drawn for each round: whatever else makes the machine
 * slow for a while makes all causes slow alike.
 */
export async function timesOf(causes: readonly Cause[], rounds: number): Promise<Times> {
  const times = new Map(causes.map(({ name }) => [name, [] as number[]]))
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const { name, prepare } of shuffled(causes)) {
      const fail = await prepare()
      const ms = await fail()
      if (round >= 0) times.get(name)!.push(ms)
    }
  }
  return times
}

/** ms that `run` takes. */
export async function millisecondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/**
 * How far the superiority may be from 0.5 between causes that anybody can bring about, such as a block of keys that does not
 * unwrap and a ciphertext that does not authenticate. Where the code makes no difference it is 0.05 at most; with as many
 * samples as are taken here chance adds 0.05 once in 400 times, and 0.07 once in 30,000. Giving up at once on a key that
 * does not unwrap makes it 0.14 to 0.19 on a machine that is not busy. Load hides differences, and makes none.
 */
export const ALIKE = 0.12
/**
 * The same beside a plaintext that is authentic, but not right. Only who has the message key can make one, so that it tells
 * nobody anything of a key. Reading it takes an eighth of the time more, which shows in the order of times the better the
 * less they scatter otherwise: so only that they overlap is asked of that, and of the medians how much longer it takes.
 */
export const OVERLAPPING = 0.4
/** The share of its time by which such a failure may be longer, or shorter, than the others: it was 0.16 at most. */
export const NEARLY_AS_LONG = 0.25
/** Rounds for which that holds. */
export const ROUNDS = 600

/** Those two of `causes` that can be told apart further than that, and how well. */
export function toldApart(times: Times, causes: readonly string[], distance: number): string[] {
  return comparisonsOf(new Map(causes.map((name) => [name, times.get(name)!]))).flatMap(
    ({ pair, superiority: p }) => (Math.abs(p - 0.5) <= distance ? [] : [`${pair}: ${p.toFixed(3)}`]),
  )
}

/** Those of `causes` beside which the median of `name` is longer, or shorter, by more than that share, and its ratio. */
export function notAsLong(times: Times, name: string, causes: readonly string[], share: number): string[] {
  return causes.flatMap((cause) => {
    const ratio = median(times.get(name)!) / median(times.get(cause)!)
    return Math.abs(ratio - 1) <= share ? [] : [`${name} / ${cause}: ${ratio.toFixed(3)}`]
  })
}

interface Comparison {
  readonly pair: string
  readonly superiority: number
}

/** Each two causes, and how often the second takes longer. */
function comparisonsOf(times: Times): Comparison[] {
  const all = [...times]
  return all.flatMap(([one, ofOne], i) =>
    all.slice(i + 1).map(([other, ofOther]) => ({
      pair: `${one} < ${other}`,
      superiority: superiority(ofOne, ofOther),
    })),
  )
}

/**
 * The probability that a time of the second cause is longer than one of the first (the statistic of Mann and Whitney, as a
 * share of all pairs): 0.5 if they cannot be told apart, 1 or 0 if each time tells the cause. Only the order counts, so
 * that a few very long times weigh no more than any other.
 */
export function superiority(one: readonly number[], other: readonly number[]): number {
  let above = 0
  for (const a of one) for (const b of other) above += b > a ? 1 : b === a ? 0.5 : 0
  return above / (one.length * other.length)
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!
}

/** One line with all of it. */
export function summaryOf(times: Times): string {
  const medians = [...times].map(([name, all]) => `${name} ${median(all).toFixed(3)} ms`)
  const pairs = comparisonsOf(times).map(({ pair, superiority: p }) => `${pair}: ${p.toFixed(3)}`)
  return `${medians.join(', ')}; ${pairs.join(', ')}`
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, key: Math.random() }))
  return order.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
