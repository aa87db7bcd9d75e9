/** Measuring in turns: in each turn every contender once, in an order that changes. */
import { randomNumbers } from './statistics.mjs'

/**
 * `count` turns of all tasks, after some that are not counted. What slows the machine for a while slows all of them,
 * and nobody comes always behind the same one.
 *
 * @template Result
 * @param {number} count
 * @param {Record<string, () => Promise<Result>>} tasks
 * @param {{ warmUp?: number }} [options]
 * @returns {Promise<Record<string, Result[]>>} of each task what it gave, turn by turn
 */
export async function inTurns(count, tasks, { warmUp = 2 } = {}) {
  const random = randomNumbers(count)
  const results = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]))
  for (let i = -warmUp; i < count; i++) {
    for (const name of shuffled(Object.keys(tasks), random)) {
      const result = await tasks[name]()
      if (i >= 0) results[name].push(result)
    }
  }
  return results
}

/** The same for tasks that are timed here, in ms. A task may give the time at which what is measured was there. */
export const timesInTurns = (count, tasks, options) => inTurns(count, mapValues(tasks, timed), options)

const timed = (task) => async () => {
  const start = performance.now()
  return ((await task()) ?? performance.now()) - start
}

/**
 * @template From, To
 * @param {Record<string, From>} object
 * @param {(value: From, name: string) => To} map
 * @returns {Record<string, To>}
 */
export const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]))

function shuffled(values, random) {
  const order = values.map((value) => ({ value, key: random() }))
  return order.toSorted((a, b) => a.key - b.key).map(({ value }) => value)
}
