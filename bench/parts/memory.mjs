/** Peak memory of a fresh process after one call of 9 MB, and after twenty, beside the floor's. */
import { LIMITS } from '../limits.mjs'
import { differenceOf, median } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { mb } from '../report.mjs'
import { contenderProcesses } from './node.mjs'

const PAYLOAD = 9e6
/** Those of a pair run side by side: memory is no race, and it takes half the time. */
const PAIRS = {
  '1.0': ['client 1.0', 'floor 1.0'],
  '2.0': ['client 2.0', 'floor 2.0'],
  'A/A': ['floor 1.0 again', 'plain'],
}

/** Peaks differ from process to process: the fewer calls, the more processes. */
const SERIES = [
  { when: 'one call', calls: 1, turns: 10, names: Object.keys(PAIRS) },
  { when: 'twenty calls', calls: 20, turns: 3, names: ['1.0', '2.0'] },
]

/** @param {import('../context.mjs').Context} context */
export async function memory(context) {
  for (const series of SERIES) await measure(context, series)
}

async function measure(context, { when, calls, turns, names }) {
  const { report, isShort } = context
  const pairs = Object.fromEntries(names.map((name) => [name, PAIRS[name]]))
  const both = (pair) => () => Promise.all(pair.map((name) => peakOf(context, name, calls)))
  const count = isShort ? Math.ceil(turns / 5) : turns
  const results = await inTurns(count, mapValues(pairs, both), { warmUp: 0 })
  const peaks = Object.fromEntries(
    Object.entries(pairs).flatMap(([name, pair]) =>
      pair.map((one, i) => [one, results[name].map((list) => list[i])]),
    ),
  )
  report.heading(`Peak memory of a fresh process after ${when} of 9 MB`)
  for (const [name, list] of Object.entries(peaks)) report.line(name, mb(median(list)))
  report.keep(`peak memory after ${when}`, peaks)
  const beyond = (name, floor) => differenceOf(peaks[name].map(inPayloads), peaks[floor].map(inPayloads))
  if ('A/A' in pairs)
    report.ratio('A/A: floor 1.0 - itself, payloads', beyond('floor 1.0 again', 'floor 1.0'))
  for (const protocol of ['1.0', '2.0']) {
    const difference = beyond(`client ${protocol}`, `floor ${protocol}`)
    report.atMost(`client ${protocol} - floor, payloads`, difference, LIMITS.memory)
  }
}

const inPayloads = (bytes) => bytes / PAYLOAD

async function peakOf(context, name, calls) {
  const { [name]: child } = await contenderProcesses(context, [name])
  try {
    return await child.ask({ task: 'peak', bytes: PAYLOAD, calls })
  } finally {
    await child.end()
  }
}
