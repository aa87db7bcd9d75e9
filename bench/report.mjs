/** Measuring in turns, and a table that says what is over its bound. */

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

export const ms = (milliseconds) => `${milliseconds.toFixed(milliseconds < 100 ? 2 : 0)} ms`

/**
 * Runs each task in its turn, `count` times after two that are not counted; the medians in ms. A task may give the time at
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
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]))
}

/** Prints as it goes, and keeps what was over its bound. */
export class Report {
  #exceeded = []

  heading(text) {
    console.log(`\n${text}`)
  }

  line(name, value) {
    console.log(`  ${name.padEnd(26)}${value}`)
  }

  ratio(name, value, bound) {
    this.#judge(name, value, bound, 'at most', bound === undefined || value <= bound)
  }

  bound(name, value, bound) {
    this.#judge(name, value, bound, 'at most', value <= bound)
  }

  atLeast(name, value, bound) {
    this.#judge(name, value, bound, 'at least', value >= bound)
  }

  end() {
    if (this.#exceeded.length === 0) return console.log('\nEvery bound is kept.')
    console.log(`\nNot kept: ${this.#exceeded.join('; ')}`)
    process.exitCode = 1
  }

  #judge(name, value, bound, relation, isKept) {
    const text = bound === undefined ? '' : `  (${relation} ${bound})${isKept ? '' : '  NOT KEPT'}`
    this.line(name, value.toFixed(2) + text)
    if (!isKept) this.#exceeded.push(name)
  }
}
