/** What was checked, and what came of it. */
import { Failure } from './command.mjs'

/** @typedef {{ group: string, name: string, error?: unknown, milliseconds: number }} Row */

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`.padStart(8)

export class Board {
  /** @type {Row[]} */
  #rows = []

  /**
   * Runs one check, which fails by throwing; the others go on.
   *
   * @template Result
   * @param {string} group
   * @param {string} name
   * @param {() => Result | Promise<Result>} task
   * @returns {Promise<Result | undefined>} undefined if it failed
   */
  async check(group, name, task) {
    const start = performance.now()
    const note = (error) => this.#rows.push({ group, name, error, milliseconds: performance.now() - start })
    try {
      const result = await task()
      note(undefined)
      return result
    } catch (error) {
      note(error ?? new Error('thrown without a reason'))
      return undefined
    }
  }

  get failed() {
    return this.#rows.filter((row) => row.error !== undefined)
  }

  /** One line for each check, and what is to be said of those that failed. */
  get table() {
    const width = Math.max(...this.#rows.map((row) => row.name.length))
    const lines = this.#rows.flatMap(({ group, name, error, milliseconds }, i) => [
      ...(group === this.#rows[i - 1]?.group ? [] : [`\n${group}`]),
      `  ${error === undefined ? 'ok    ' : 'FAILED'} ${name.padEnd(width)}${seconds(milliseconds)}`,
    ])
    const reasons = this.failed.map(({ group, name, error }) => {
      return `\n${group}, ${name}:\n${error instanceof Failure ? error.message : (error.stack ?? error)}`
    })
    return [...lines, ...reasons].join('\n')
  }

  /** Prints it; the last line counts, as in all tiers. */
  conclude() {
    const failed = this.failed.length
    console.log(`${this.table}\n\n${this.#rows.length - failed} passed, ${failed} failed, 0 skipped`)
    if (failed > 0) process.exitCode = 1
  }
}

/**
 * Runs tasks, two at a time: most of them keep a core busy.
 *
 * @param {readonly (() => Promise<unknown>)[]} tasks
 */
export async function inPairs(tasks) {
  const waiting = [...tasks]
  const worker = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task()
  }
  await Promise.all([worker(), worker()])
}
