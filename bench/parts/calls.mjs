/** Whole calls: the same bytes there and as many back, by each way to ask; in Node and in Chromium alike. */
import { LIMITS } from '../limits.mjs'
import { mean, median, ratioOf, ratioOfSums } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { ms } from '../report.mjs'

/**
 * @typedef {{ wall: number, cpu: number }} Cost ms of one call
 * @typedef {{ run: (bytes: number, calls: number) => Promise<Cost> }} Contender
 * @typedef {{ label: string, bytes: number, calls: number, turns: number }} Size `calls` in each turn
 */

/** @type {Size[]} */
export const SIZES = [
  { label: '1 KB', bytes: 1e3, calls: 6, turns: 24 },
  { label: '100 KB', bytes: 1e5, calls: 4, turns: 20 },
  { label: '1 MB', bytes: 1e6, calls: 1, turns: 24 },
  { label: '9 MB', bytes: 9e6, calls: 1, turns: 10 },
]

/**
 * @param {import('../context.mjs').Context} context
 * @param {{ where: string, contenders: Record<string, Contender>, sizes: Size[], limitOf: (protocol: string, label: string) => number | undefined }} settings
 */
export async function compareCalls({ report, turns }, { where, contenders, sizes, limitOf }) {
  for (const { label, bytes, calls, turns: count } of sizes) {
    const tasks = mapValues(contenders, (contender) => () => contender.run(bytes, calls))
    const costs = await inTurns(turns(count), tasks, { warmUp: bytes > 1e6 ? 2 : 6 })
    const wall = mapValues(costs, (list) => list.map((cost) => cost.wall))
    const cpu = mapValues(costs, (list) => list.map((cost) => cost.cpu))
    report.heading(`${where}, ${label} there and back`)
    report.line('', 'whole call', 'CPU of client')
    for (const name of Object.keys(wall)) report.line(name, ms(median(wall[name])), ms(mean(cpu[name])))
    report.keep(`${where}, ${label}`, { bytes, wall, cpu })
    judge(report, wall, cpu, (protocol) => limitOf(protocol, label))
    if (label === '1 KB')
      report.atMost(
        'client 2.0 / client 1.0',
        ratioOf(wall['client 2.0'], wall['client 1.0']),
        LIMITS.protocols,
      )
  }
}

function judge(report, wall, cpu, limitOf) {
  const ratio = (a, b) => ratioOf(wall[a], wall[b])
  report.ratio('A/A: floor 1.0 / itself', ratio('floor 1.0 again', 'floor 1.0'))
  for (const protocol of ['1.0', '2.0']) {
    const [client, floor, ends] = ['client', 'floor', 'ends'].map((kind) => `${kind} ${protocol}`)
    report.atMost(`${client} / floor`, ratio(client, floor), limitOf(protocol))
    report.ratio(`${client} / floor, CPU`, ratioOfSums(cpu[client], cpu[floor]))
    if (ends in wall) report.ratio(`both ends ${protocol} / floor`, ratio(ends, floor))
    report.ratio(`${client} / plain fetch`, ratio(client, 'plain'))
    report.ratio(`${client} / openai in plain`, ratio(client, 'openai'))
  }
}
