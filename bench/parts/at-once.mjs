/** 200 calls at once: for how long the event loop is away meanwhile. */
import { LIMITS } from '../limits.mjs'
import { median, ratioOf } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { ms } from '../report.mjs'
import { contenderProcesses } from './node.mjs'

const CALLS = 200
const NAMES = ['floor 1.0', 'floor 1.0 again', 'client 1.0', 'floor 2.0', 'client 2.0']

/** @param {import('../context.mjs').Context} context */
export async function atOnce(context) {
  const { report, turns } = context
  const children = await contenderProcesses(context, NAMES)
  try {
    const ask = (child) => () => child.ask({ task: 'atOnce', bytes: 1000, calls: CALLS })
    const results = await inTurns(turns(10), mapValues(children, ask), { warmUp: 1 })
    const delay = mapValues(results, (list) => list.map((one) => one.delay))
    report.heading(`${CALLS} calls at once, 1 KB: the event loop's delay`)
    report.line('', 'p99', 'all answered')
    for (const [name, list] of Object.entries(results)) {
      report.line(name, ms(median(delay[name])), ms(median(list.map((one) => one.wall))))
    }
    report.keep('event loop', results)
    report.ratio('A/A: floor 1.0 / itself', ratioOf(delay['floor 1.0 again'], delay['floor 1.0']))
    for (const protocol of ['1.0', '2.0']) {
      const ratio = ratioOf(delay[`client ${protocol}`], delay[`floor ${protocol}`])
      report.atMost(`client ${protocol} / floor, p99`, ratio, LIMITS.eventLoop)
    }
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()))
  }
}
