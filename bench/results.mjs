/**
 * Writes what was measured to bench/results/, which is not under version control: figures of one machine at one time.
 * What docs/performance.md shows of a run is put there by document.mjs.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from './measure/statistics.mjs'
import { SIZES } from './parts/calls.mjs'
import { plotOf } from './plot.mjs'

const HOME = fileURLToPath(new URL('results', import.meta.url))
/** The last run. */
export const LATEST = join(HOME, 'latest.json')
/** Its plots, by where the calls were made. */
export const PLOTS = { node: join(HOME, 'node.svg'), chromium: join(HOME, 'chromium.svg') }
const PLOTTED = ['plain', 'floor 1.0', 'client 1.0', 'floor 2.0', 'client 2.0']

/** @param {import('./report.mjs').Report} report @param {{ short: boolean }} options @returns {string} where it is */
export function saveResults({ entries, raw }, { short }) {
  mkdirSync(HOME, { recursive: true })
  const machine = { node: process.version, cores: availableParallelism(), processor: cpus()[0]?.model }
  const measuredAt = new Date().toISOString()
  const results = { measuredAt, machine, isShort: short, entries, raw }
  writeFileSync(LATEST, `${JSON.stringify(results, null, 1)}\n`)
  for (const where of ['Node', 'Chromium']) {
    if (SIZES.some(({ label }) => raw[`${where}, ${label}`] === undefined)) continue
    writeFileSync(
      join(HOME, `${where.toLowerCase()}.svg`),
      plotOf(`A whole call in ${where}`, linesOf(raw, where)),
    )
  }
  return HOME
}

function linesOf(raw, where) {
  return PLOTTED.map((name) => ({
    name,
    points: SIZES.map(({ label, bytes }) => ({ x: bytes, y: median(raw[`${where}, ${label}`].wall[name]) })),
  }))
}
