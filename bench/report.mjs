/**
 * What was measured, on the screen as it comes and for the file at the end, and what of it is beyond its limit.
 *
 * @typedef {import('./measure/statistics.mjs').Estimate} Estimate
 *
 * @typedef {object} Entry
 * @property {string} part
 * @property {string} heading
 * @property {string} name
 * @property {Estimate} estimate
 * @property {{ kind: 'at most' | 'at least', bound: number }} [limit]
 * @property {boolean} isKept
 */

export const ms = (milliseconds) => `${milliseconds.toFixed(milliseconds < 100 ? 2 : 0)} ms`
export const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** A figure that was counted, not measured. @param {number} value @returns {Estimate} */
export const exactly = (value) => ({ value, low: value, high: value, count: 1 })

/** Collects, and prints as it goes. */
export class Report {
  /** @type {Entry[]} */
  entries = []
  /** What was measured in bare units, for whoever looks into the file. @type {Record<string, unknown>} */
  raw = {}
  #part = ''
  #heading = ''

  part(name) {
    this.#part = name
  }

  heading(text) {
    this.#heading = text
    console.log(`\n${text}`)
  }

  /** A line that nothing is judged by. */
  line(name, ...values) {
    console.log(`  ${name.padEnd(34)}${values.map((value) => String(value).padStart(12)).join('')}`)
  }

  keep(name, values) {
    this.raw[name] = values
  }

  /** A ratio that has no limit. @param {string} name @param {Estimate} estimate */
  ratio(name, estimate) {
    this.#add(name, estimate)
  }

  /** @param {string} name @param {Estimate} estimate @param {number} [bound] */
  atMost(name, estimate, bound) {
    this.#add(name, estimate, bound === undefined ? undefined : { kind: 'at most', bound })
  }

  /** @param {string} name @param {Estimate} estimate @param {number} bound */
  atLeast(name, estimate, bound) {
    this.#add(name, estimate, { kind: 'at least', bound })
  }

  /** Says what was missed. @returns {boolean} whether nothing was */
  end() {
    const missed = this.entries.filter(({ isKept }) => !isKept)
    const judged = this.entries.filter(({ limit }) => limit !== undefined)
    console.log(`\n${judged.length - missed.length} of ${judged.length} limits are kept.`)
    for (const entry of missed) console.log(`  MISSED  ${entry.heading}: ${entry.name}, ${textOf(entry)}`)
    return missed.length === 0
  }

  #add(name, estimate, limit) {
    const isKept =
      limit === undefined ||
      (limit.kind === 'at most' ? estimate.low <= limit.bound : estimate.high >= limit.bound)
    const entry = { part: this.#part, heading: this.#heading, name, estimate, limit, isKept }
    this.entries.push(entry)
    console.log(`  ${name.padEnd(34)}  ${textOf(entry)}${isKept ? '' : '  MISSED'}`)
  }
}

/** @param {Entry} entry */
function textOf({ estimate: { value, low, high }, limit }) {
  const digits = Math.abs(value) < 100 ? 2 : 0
  const interval = low === high ? '' : `  [${low.toFixed(digits)}, ${high.toFixed(digits)}]`
  const rule = limit === undefined ? '' : `  ${limit.kind} ${limit.bound}`
  return value.toFixed(digits) + interval + rule
}
