/** How time and memory grow with the size of a payload, and with how many calls run at once: the power of it. */
import { LIMITS } from '../limits.mjs'
import { Child } from '../measure/child.mjs'
import { bootstrap, exponentOf, medianCurve } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { contenderProcesses } from './node.mjs'

const NAMES = ['client 1.0', 'floor 1.0', 'client 2.0', 'floor 2.0']
const SIZES = [1e5, 3e5, 1e6, 3e6, 9e6]
/** Below the first one what is fixed hides the rest. */
const LARGE = [1e6, 3e6, 9e6]
const CONCURRENCIES = [4, 16, 64, 256]
/** A process that has a payload of 100 KB for each of them. */
const IN_MEMORY = [4, 16, 64]

/** @param {import('../context.mjs').Context} context */
export async function growth(context) {
  const { report, isShort } = context
  const children = await contenderProcesses(context, NAMES)
  try {
    const bySize = (child) => () =>
      each(SIZES, async (bytes) => (await child.ask({ task: 'inSequence', bytes, calls: 1 })).wall)
    const byCalls = (child) => () =>
      each(CONCURRENCIES, async (calls) => (await child.ask({ task: 'atOnce', bytes: 1000, calls })).wall)
    report.heading('Growth: the exponent (1 is linear)')
    const sizes = await inTurns(isShort ? 3 : 5, mapValues(children, bySize), { warmUp: 1 })
    judge(report, 'time over size', sizes)
    judge(
      report,
      'time over size from 1 MB',
      mapValues(sizes, (turns) => turns.map(largeOnly)),
    )
    const calls = await inTurns(2, mapValues(children, byCalls), { warmUp: 0 })
    judge(report, 'time over calls at once', calls)
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()))
  }
  const fresh = (measure) =>
    Object.fromEntries(NAMES.map((name) => [name, () => freshProcess(context, name, measure)]))
  const [count, bare] = [isShort ? 2 : 3, await bareProcess()]
  judge(report, 'memory over size', await inTurns(count, fresh(memoryBySize(bare)), { warmUp: 0 }))
  judge(report, 'memory over calls at once', await inTurns(count, fresh(memoryByCalls(bare)), { warmUp: 0 }))
}

/** @param {import('../plot.mjs').Point[]} points */
const largeOnly = (points) => points.filter(({ x }) => LARGE.includes(x))

async function each(values, measure) {
  const points = []
  for (const x of values) points.push({ x, y: await measure(x) })
  return points
}

function judge(report, what, curves) {
  report.keep(`growth: ${what}`, curves)
  for (const [name, turns] of Object.entries(curves)) {
    const exponent = bootstrap(turns, (drawn) => exponentOf(medianCurve(drawn)))
    const isOurs = name.startsWith('client')
    report.atMost(`${what}, ${name}`, exponent, isOurs ? LIMITS.growth : undefined)
  }
}

async function freshProcess(context, name, measure) {
  const { [name]: child } = await contenderProcesses(context, [name])
  try {
    return await measure(child)
  } finally {
    await child.end()
  }
}

// A peak never falls, so that in one process the sizes go up. What Node takes by itself is left out.
const memoryBySize = (bare) => (child) =>
  each(LARGE, async (bytes) => (await child.ask({ task: 'peak', bytes, calls: 1 })) - bare)

const memoryByCalls = (bare) => (child) =>
  each(IN_MEMORY, async (concurrency) => (await child.ask({ task: 'peak', bytes: 1e5, concurrency })) - bare)

async function bareProcess() {
  const child = new Child('processes/bare.mjs')
  const peak = await child.ready
  await child.end()
  return peak
}
