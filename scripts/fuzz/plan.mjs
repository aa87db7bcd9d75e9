/** Which cases of which targets are run, and in which order. */
import { parseArgs } from 'node:util'
import { availableParallelism } from 'node:os'
import { Failure } from '../command.mjs'

const DEFAULT_CASES = 100_000
/** Cases of a target with share 1 in one job. */
const CASES_IN_JOB = 400

const OPTIONS = /** @type {const} */ ({
  cases: { type: 'string' },
  minutes: { type: 'string' },
  seed: { type: 'string' },
  path: { type: 'string' },
  target: { type: 'string', multiple: true },
  workers: { type: 'string' },
})

/** @param {string[]} args @throws Failure for one that is not understood */
export function readOptions(args) {
  const { cases, minutes, seed, path, target, workers } = parse(args)
  if (cases !== undefined && minutes !== undefined) throw new Failure('Give --cases or --minutes, not both.')
  if (path !== undefined && (target?.length !== 1 || seed === undefined)) {
    throw new Failure('--path belongs to one --target and its --seed.')
  }
  return {
    cases: minutes === undefined ? positive('cases', cases ?? String(DEFAULT_CASES)) : Infinity,
    until: minutes === undefined ? Infinity : Date.now() + positive('minutes', minutes) * 60_000,
    seed: seed === undefined ? Date.now() % 2 ** 31 : integer('seed', seed),
    path,
    wanted: target,
    // A thread waits for its cryptography, which runs in others: one more than cores keeps those busy.
    workers: workers === undefined ? availableParallelism() + 1 : positive('workers', workers),
  }
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values
  } catch (error) {
    throw new Failure(error.message)
  }
}

function integer(name, text) {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Failure(`--${name} must be a whole number.`)
  return value
}

function positive(name, text) {
  const value = Number(text)
  if (!(value > 0)) throw new Failure(`--${name} must be more than 0.`)
  return name === 'minutes' ? value : integer(name, text)
}

/** The targets that are wanted. @throws Failure for a name that is not known */
export function choose(targets, wanted) {
  const unknown = wanted?.find((name) => targets.every((target) => target.name !== name))
  if (unknown !== undefined) {
    const names = targets.map(({ name }) => name).join(', ')
    throw new Failure(`There is no target ${unknown}: there are ${names}.`)
  }
  return wanted === undefined ? targets : targets.filter(({ name }) => wanted.includes(name))
}

/**
 * Round after round a job of each target, with a seed of its own, until all cases have run or the time is up.
 * A target in `failed` gets no more.
 */
export function* planJobs(targets, { cases, until, seed, path }, failed) {
  if (path !== undefined) return yield { target: targets[0].name, seed, cases: 1, path }
  const shares = targets.reduce((sum, { share }) => sum + share, 0)
  const left = new Map(targets.map(({ name, share }) => [name, Math.ceil((cases * share) / shares)]))
  for (let round = 0; ; round++) {
    const open = targets.filter(({ name }) => left.get(name) > 0 && !failed.has(name))
    if (open.length === 0) return
    for (const { name, share } of open) {
      if (Date.now() >= until) return
      if (failed.has(name)) continue
      const count = Math.min(share * CASES_IN_JOB, left.get(name))
      left.set(name, left.get(name) - count)
      yield { target: name, seed: seedOf(seed, name, round), cases: count }
    }
  }
}

/** The seed of a job: other ones for each target and round, the same ones for the same first seed. */
function seedOf(seed, name, round) {
  let mixed = (seed ^ Math.imul(round + 1, 0x9e3779b1)) | 0
  for (const char of name) mixed = Math.imul(mixed ^ char.charCodeAt(0), 0x01000193)
  // A minus would be taken for an option where the seed is given again.
  return mixed & 0x7fffffff
}
