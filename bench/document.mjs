/**
 * Puts what the last run measured into docs/performance.md: the table between its two marks, and the plots. By hand,
 * after a whole run on a machine that did nothing else: `node bench/document.mjs`, then `npm run format`.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LATEST, plotFile, PLOTS } from './results.mjs'

const DOCUMENT = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
const [BEGIN, END] = ['<!-- measured: begin -->', '<!-- measured: end -->']

/** @param {import('./report.mjs').Entry} entry */
function rowOf({ heading, name, estimate: { value, low, high }, limit, isKept }) {
  const interval = low === high ? '' : `${number(low)} – ${number(high)}`
  const rule = limit === undefined ? '' : `${limit.kind} ${limit.bound}${isKept ? '' : ': **missed**'}`
  return `| ${[heading, name, number(value), interval, rule].join(' | ')} |`
}

const number = (value) => value.toFixed(Math.abs(value) < 100 ? 2 : 0)

const { entries, machine, measuredAt, isShort } = JSON.parse(readFileSync(LATEST, 'utf8'))
if (isShort) throw new Error('The last run was a short one, whose intervals are too wide to be shown.')
const isShown = ({ limit, name }) => limit !== undefined || /^A\/A|plain/.test(name)
const images = Object.entries(PLOTS).map(([name, { title }]) => `![${title}](performance-${name}.svg)\n`)
const shown = [
  ...images,
  `Node ${machine.node.slice(1)}, ${machine.cores} cores, ${measuredAt.slice(0, 10)}.`,
  '',
  '| what | ratio | median | 95 % | limit |',
  '| --- | --- | --- | --- | --- |',
  ...entries.filter(isShown).map(rowOf),
].join('\n')
const document = readFileSync(DOCUMENT, 'utf8')
const [before] = document.split(BEGIN)
const after = document.split(END)[1]
writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${shown}\n\n${END}${after}`)
for (const name of Object.keys(PLOTS)) {
  copyFileSync(plotFile(name), fileURLToPath(new URL(`../docs/performance-${name}.svg`, import.meta.url)))
}
