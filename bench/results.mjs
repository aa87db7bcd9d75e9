/** Writes what was measured to bench/results/, which is not under version control: figures of one machine at one time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const HOME = fileURLToPath(new URL('results', import.meta.url))

/** @param {import('./report.mjs').Report} report @returns {string} where it is */
export function saveResults({ entries, raw }, { short }) {
  mkdirSync(HOME, { recursive: true })
  const machine = { node: process.version, cores: availableParallelism(), processor: cpus()[0]?.model }
  const measuredAt = new Date().toISOString()
  const file = join(HOME, 'latest.json')
  writeFileSync(file, `${JSON.stringify({ measuredAt, machine, isShort: short, entries, raw }, null, 1)}\n`)
  return `Results: ${relative(process.cwd(), file)}`
}
