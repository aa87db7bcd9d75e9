/** How the test tiers tell `npm test` what they counted: each reporter leaves a file behind. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {{ test: string, reason: string }[]} skipped
 * @property {string[]} [counts] what tests counted themselves, such as vectors
 */

const FOLDER = join(root, '.cache/tally')

/** @param {string} tier */
const fileOf = (tier) => join(FOLDER, `${tier}.json`)

/** @param {string} tier @param {Tally} tally */
export function writeTally(tier, tally) {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(fileOf(tier), JSON.stringify(tally))
}

/** @param {string} tier */
export function forgetTally(tier) {
  rmSync(fileOf(tier), { force: true })
}

/**
 * Reads what a tier counted. One that left nothing has crashed, and one that complained without naming a
 * failed test failed all the same.
 *
 * @param {string} tier
 * @param {number} exitCode
 * @returns {Tally}
 */
export function readTally(tier, exitCode) {
  const tally = parse(tier) ?? { passed: 0, failed: 1, skipped: [] }
  return exitCode === 0 ? tally : { ...tally, failed: Math.max(tally.failed, 1) }
}

function parse(tier) {
  try {
    return JSON.parse(readFileSync(fileOf(tier), 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {Tally[]} tallies @returns {Tally} */
export function sumTallies(tallies) {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    skipped: tallies.flatMap((tally) => tally.skipped),
    counts: tallies.flatMap((tally) => tally.counts ?? []),
  }
}
