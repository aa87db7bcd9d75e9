/** Peak memory of a fresh process after one call of 9 MB, and after twenty. */
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

/** @param {import('../context.mjs').Context} context */
export async function memory(context) {
  const { report, isShort } = context
  const both = (names) => () => Promise.all(names.map((name) => peaksOf(context, name)))
  const turns = await inTurns(isShort ? 2 : 5, mapValues(PAIRS, both), { warmUp: 0 })
  const peaks = Object.fromEntries(
    Object.entries(PAIRS).flatMap(([pair, names]) =>
      names.map((name, i) => [name, turns[pair].map((list) => list[i])]),
    ),
  )
  report.heading('Peak memory of a fresh process, calls of 9 MB')
  report.line('', 'one call', 'twenty')
  const of = (name, when) => peaks[name].map((peak) => peak[when])
  for (const name of Object.keys(peaks))
    report.line(name, mb(median(of(name, 'one'))), mb(median(of(name, 'twenty'))))
  report.keep('peak memory', peaks)
  for (const when of ['one', 'twenty']) {
    const beyond = (name, floor) =>
      differenceOf(of(name, when).map(inPayloads), of(floor, when).map(inPayloads))
    report.ratio(`A/A: floor 1.0 after ${when}, payloads`, beyond('floor 1.0 again', 'floor 1.0'))
    for (const protocol of ['1.0', '2.0']) {
      const difference = beyond(`client ${protocol}`, `floor ${protocol}`)
      report.atMost(`${protocol} beyond floor, ${when}, payloads`, difference, LIMITS.memory)
    }
  }
}

const inPayloads = (bytes) => bytes / PAYLOAD

async function peaksOf(context, name) {
  const { [name]: child } = await contenderProcesses(context, [name])
  try {
    const one = await child.ask({ task: 'peak', bytes: PAYLOAD, calls: 1 })
    return { one, twenty: await child.ask({ task: 'peak', bytes: PAYLOAD, calls: 19 }) }
  } finally {
    await child.end()
  }
}
