/**
 * What the SDK costs: each figure beside its floor, measured in turns in one run.
 * `--short` takes fewer turns, `--only PART` runs one part, `--check` exits with 1 if a limit is missed.
 */
import { parseArgs } from 'node:util'
import { contextOf } from './context.mjs'
import { atOnce } from './parts/at-once.mjs'
import { chromium } from './parts/chromium.mjs'
import { first } from './parts/first.mjs'
import { growth } from './parts/growth.mjs'
import { memory } from './parts/memory.mjs'
import { node } from './parts/node.mjs'
import { operations } from './parts/operations.mjs'
import { replicas } from './parts/replicas.mjs'
import { router } from './parts/router.mjs'
import { streams } from './parts/streams.mjs'
import { Report } from './report.mjs'
import { saveResults } from './results.mjs'

const PARTS = {
  node,
  chromium,
  first,
  memory,
  operations,
  router,
  replicas,
  'at-once': atOnce,
  streams,
  growth,
}

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
  },
})
const unknown = options.only.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts: ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; medians of turns; [95 % confidence]`,
)
const started = performance.now()
const report = new Report()
const context = await contextOf(report, options.short)
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (!options.only.includes(name)) continue
    const start = performance.now()
    report.part(name)
    await part(context)
    // What was measured outlives whatever ends a later part.
    saveResults(report, options)
    console.log(`\n(${name}: ${Math.round((performance.now() - start) / 1000)} s)`)
  }
} finally {
  await context.servers.end()
}
const isKept = report.end()
console.log(
  `In ${Math.round((performance.now() - started) / 1000)} s. Results: ${saveResults(report, options)}`,
)
if (options.check && !isKept) process.exitCode = 1
