/** What became of each test in the last whole run: a reporter leaves it behind, and `npm run hostile` reads it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'

/** @typedef {'passed' | 'failed' | 'skipped'} State */
/** @typedef {[file: string, title: string, state: State]} Outcome path from the root, `describe > test` */
/** @typedef {Record<string, Record<string, State>>} Outcomes by file and title */

const FOLDER = join(root, '.cache/tally')
const RUNNERS = ['vitest', 'playwright']

/** @param {string} name */
const fileOf = (name) => join(FOLDER, `${name.replace(':', '-')}.tests.json`)

/** @param {string} runner @param {Iterable<Outcome>} outcomes */
export function writeOutcomes(runner, outcomes) {
  /** @type {Outcomes} */
  const byFile = {}
  for (const [file, title, state] of outcomes) {
    const titles = (byFile[file.replaceAll('\\', '/')] ??= {})
    titles[title] = both(titles[title], state)
  }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(fileOf(runner), JSON.stringify(byFile))
}

/** A test that runs in Node and in Chromium is one test here: red if it is red in either, run if it ran in either. */
function both(one, other) {
  const states = [one, other]
  return ['failed', 'passed'].find((state) => states.includes(state)) ?? 'skipped'
}

/** Before `script` runs all its tests. @param {string} script */
export function forgetOutcomes(script) {
  for (const name of [script, ...RUNNERS]) rmSync(fileOf(name), { force: true })
}

/** After `script` has run all its tests: what the runners have left is its result. @param {string} script */
export function keepOutcomes(script) {
  const left = RUNNERS.map((runner) => read(runner)).filter((outcomes) => outcomes !== undefined)
  if (left.length > 0) writeFileSync(fileOf(script), JSON.stringify(Object.assign({}, ...left)))
}

/** What the last whole run of `script` has left, if there was one. @param {string} script */
export const readOutcomes = (script) => read(script)

/** @param {string} name @returns {Outcomes | undefined} */
function read(name) {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
