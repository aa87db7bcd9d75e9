/** Measuring in turns, and a table that says what is over its bound. */

export function median(values) {
  return quantile(values, 0.5)
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(sorted.length * share)))]
}

export const ms = (milliseconds) => `${milliseconds.toFixed(milliseconds < 100 ? 2 : 0)} ms`

/**
 * Runs each task in its turn, `count` times after two that are not counted; all times in ms. A task may give the time at
 * which what is measured was there, if it goes on after that.
 */
export async function inTurns(count, tasks) {
  const times = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]))
  for (let i = -2; i < count; i++) {
    for (const [name, task] of Object.entries(tasks)) {
      const start = performance.now()
      const end = (await task()) ?? performance.now()
      if (i >= 0) times[name].push(end - start)
    }
  }
  return times
}

/** What is made of the times of each turn: its median, and between which two values that of all turns ever lies. */
export function perTurn(times, combine) {
  const [first] = Object.values(times)
  return estimate(first.map((_, i) => combine(mapValues(times, (values) => values[i]))))
}

/** The median with its interval of 95 % confidence, from the order of the values alone. */
function estimate(values) {
  const margin = 0.98 / Math.sqrt(values.length)
  return { value: median(values), low: quantile(values, 0.5 - margin), high: quantile(values, 0.5 + margin) }
}

const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))

/** Prints as it goes, and keeps what was over its bound. */
export class Report {
  #exceeded = []

  heading(text) {
    console.log(`\n${text}`)
  }

  line(name, value) {
    console.log(`  ${name.padEnd(26)}${value}`)
  }

  /** An estimate is over its bound when all of its interval is. */
  atMost(name, estimated, bound) {
    const { value, low, high } = typeof estimated === 'number' ? exactly(estimated) : estimated
    const interval = low === high ? '' : `  [${low.toFixed(2)}, ${high.toFixed(2)}]`
    const rule = bound === undefined ? '' : `  (at most ${bound})`
    this.#judge(name, value.toFixed(2) + interval + rule, bound === undefined || low <= bound)
  }

  atLeast(name, value, bound) {
    this.#judge(name, `${value.toFixed(0)}  (at least ${bound})`, value >= bound)
  }

  end() {
    if (this.#exceeded.length === 0) return console.log('\nEvery bound is kept.')
    console.log(`\nNot kept: ${this.#exceeded.join('; ')}`)
    process.exitCode = 1
  }

  #judge(name, text, isKept) {
    this.line(name, text + (isKept ? '' : '  NOT KEPT'))
    if (!isKept) this.#exceeded.push(name)
  }
}

const exactly = (value) => ({ value, low: value, high: value })
