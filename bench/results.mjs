/**
 * Writes what was measured to bench/results/, which is not under version control: figures of one machine at one time.
 * What docs/performance.md shows of a run is put there by document.mjs.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, medianCurve } from './measure/statistics.mjs'
import { SIZES } from './parts/calls.mjs'
import { plotOf } from './plot.mjs'

const HOME = fileURLToPath(new URL('results', import.meta.url))
/** The last run. */
export const LATEST = join(HOME, 'latest.json')

const ms = (value) => `${value} ms`
const count = (value) => String(value)
const size = (bytes) =>
  bytes >= 1e6 ? `${bytes / 1e6} MB` : bytes >= 1e3 ? `${bytes / 1e3} KB` : `${bytes} B`

/** In each plot in the same colours. */
const OURS_AND_FLOORS = ['floor 1.0', 'client 1.0', 'floor 2.0', 'client 2.0']

/** @param {string} where calls were made */
const callsIn = (where) => ({
  title: `A whole call in ${where}`,
  labels: { below: 'there and back', x: size, y: ms },
  needs: SIZES.map(({ label }) => `${where}, ${label}`),
  lines: (raw) =>
    ['plain', ...OURS_AND_FLOORS].map((name) => ({
      name,
      points: SIZES.map(({ label, bytes }) => ({
        x: bytes,
        y: median(raw[`${where}, ${label}`].wall[name]),
      })),
    })),
})

/** @param {string} what was measured, as the part `growth` names it */
const growthOf = (what, title, labels) => ({
  title,
  labels,
  needs: [`growth: ${what}`],
  lines: (raw) => {
    const curves = raw[`growth: ${what}`]
    const lines = OURS_AND_FLOORS.map((name) => ({ name, points: medianCurve(curves[name]) }))
    return [linearFrom(lines[1].points), ...lines]
  },
})

/** What grows in proportion, from where our client begins: whoever stays below it grows by less. */
const linearFrom = ([first, ...more]) => ({
  name: 'linear',
  points: [first, ...more].map(({ x }) => ({ x, y: (first.y * x) / first.x })),
})

/** By the names of their files. */
export const PLOTS = {
  'node': callsIn('Node'),
  'chromium': callsIn('Chromium'),
  'calls': growthOf('time over calls at once', 'Calls at once, until the last has its answer', {
    ...{ below: 'calls of 1 KB at once', x: count, y: ms },
  }),
  'memory-size': growthOf(
    'memory over size',
    'Peak memory over the size of a payload, beyond an empty process',
    {
      ...{ below: 'there and back', x: size, y: size },
    },
  ),
  'memory-calls': growthOf(
    'memory over calls at once',
    'Peak memory over calls at once, beyond an empty process',
    {
      ...{ below: 'calls of 100 KB at once', x: count, y: size },
    },
  ),
}
/** @param {keyof typeof PLOTS} name */
export const plotFile = (name) => join(HOME, `${name}.svg`)

/** @param {import('./report.mjs').Report} report @param {{ short: boolean }} options @returns {string} where it is */
export function saveResults({ entries, raw }, { short }) {
  mkdirSync(HOME, { recursive: true })
  const machine = { node: process.version, cores: availableParallelism(), processor: cpus()[0]?.model }
  const measuredAt = new Date().toISOString()
  const results = { measuredAt, machine, isShort: short, entries, raw }
  writeFileSync(LATEST, `${JSON.stringify(results, null, 1)}\n`)
  for (const [name, { title, labels, needs, lines }] of Object.entries(PLOTS)) {
    if (needs.some((key) => raw[key] === undefined)) continue
    writeFileSync(plotFile(name), plotOf({ title, ...labels }, lines(raw)))
  }
  return HOME
}
