/**
 * From pairs of times to a ratio that says how sure it is.
 *
 * @typedef {object} Estimate
 * @property {number} value
 * @property {number} low the lower end of its interval of 95 % confidence
 * @property {number} high
 * @property {number} count of the pairs
 */

const RESAMPLES = 2000

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5)

/**
 * @param {number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return below + (above - below) * (at - Math.floor(at))
}

/** @param {number[]} values */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * What `statistic` makes of `pairs`, with the interval in which it lies for 95 % of the samples drawn from them with
 * replacement (percentile bootstrap).
 *
 * @template Pair
 * @param {Pair[]} pairs
 * @param {(pairs: Pair[]) => number} statistic
 * @returns {Estimate}
 */
export function bootstrap(pairs, statistic) {
  const random = randomNumbers(pairs.length)
  const draw = () => pairs.map(() => pairs[Math.floor(random() * pairs.length)])
  const drawn = Array.from({ length: RESAMPLES }, () => statistic(draw()))
  return {
    ...{ value: statistic(pairs), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) },
    count: pairs.length,
  }
}

/**
 * The median of the ratios of what was measured in the same turn: whatever slows both leaves it as it is.
 *
 * @param {number[]} values
 * @param {number[]} others
 */
export const ratioOf = (values, others) =>
  bootstrap(
    values.map((value, i) => value / others[i]),
    median,
  )

/**
 * The ratio of the sums: for what is counted in ticks that are coarser than a turn.
 *
 * @param {number[]} values
 * @param {number[]} others
 */
export const ratioOfSums = (values, others) =>
  bootstrap(
    values.map((value, i) => ({ value, other: others[i] })),
    (pairs) => mean(pairs.map(({ value }) => value)) / mean(pairs.map(({ other }) => other)),
  )

/**
 * The median of what the values are beyond the others of the same turn.
 *
 * @param {number[]} values
 * @param {number[]} others
 */
export const differenceOf = (values, others) =>
  bootstrap(
    values.map((value, i) => value - others[i]),
    median,
  )

/** The median of each place over the turns. @param {{ x: number, y: number }[][]} turns */
export const medianCurve = (turns) =>
  turns[0].map(({ x }, i) => ({ x, y: median(turns.map((turn) => turn[i].y)) }))

/** The power with which y grows with x: 1 is linear. @param {{ x: number, y: number }[]} points */
export function exponentOf(points) {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)])
  const [mx, my] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))]
  const [above, below] = [
    mean(logs.map(([x, y]) => (x - mx) * (y - my))),
    mean(logs.map(([x]) => (x - mx) ** 2)),
  ]
  return above / below
}

/** Numbers from 0 to 1, the same in each run (mulberry32): the same data shall give the same interval. */
export function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
