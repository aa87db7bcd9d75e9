/** Peak memory of a fresh process after one call of 9 MB, and after twenty. */
import { LIMITS } from '../limits.mjs'
import { differenceOf, median } from '../measure/statistics.mjs'
import { inTurns } from '../measure/turns.mjs'
import { mb } from '../report.mjs'
import { contenderProcesses } from './node.mjs'

const PAYLOAD = 9e6
const NAMES = ['plain', 'openai', 'floor 1.0', 'floor 1.0 again', 'client 1.0', 'floor 2.0', 'client 2.0']

/** @param {import('../context.mjs').Context} context */
export async function memory(context) {
  const { report, isShort } = context
  const tasks = Object.fromEntries(NAMES.map((name) => [name, () => peaksOf(context, name)]))
  const peaks = await inTurns(isShort ? 2 : 5, tasks, { warmUp: 0 })
  report.heading('Peak memory of a fresh process, calls of 9 MB')
  report.line('', 'one call', 'twenty')
  const of = (name, when) => peaks[name].map((peak) => peak[when])
  for (const name of NAMES) report.line(name, mb(median(of(name, 'one'))), mb(median(of(name, 'twenty'))))
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
