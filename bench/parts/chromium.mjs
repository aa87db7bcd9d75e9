/** Whole calls in Chromium: each way to ask in a page, and so a renderer, of its own. */
import { NAMES } from '../contenders.mjs'
import { LIMITS } from '../limits.mjs'
import { withChromium } from '../measure/browser.mjs'
import { mapValues } from '../measure/turns.mjs'
import { compareCalls, SIZES } from './calls.mjs'

/** Chromium takes longer for all of them. */
const SHARE_OF_TURNS = 0.5
/** The router's end is the same as in Node. */
const ASKED = NAMES.filter((name) => !name.startsWith('ends'))

/** @param {import('../context.mjs').Context} context */
export async function chromium(context) {
  const sizes = SIZES.map((size) => ({ ...size, turns: Math.ceil(size.turns * SHARE_OF_TURNS) }))
  await withChromium(async (browser) => {
    const pages = {}
    for (const name of ASKED) pages[name] = await contenderPage(browser, context.addresses, name)
    const contenders = mapValues(pages, ({ page, cpuTime }) => ({
      async run(bytes, calls) {
        const before = await cpuTime()
        const wall = await page.evaluate(([b, c]) => globalThis.bench.run(b, c), [bytes, calls])
        return { wall, cpu: ((await cpuTime()) - before) / calls }
      },
    }))
    const limitOf = () => LIMITS.chromium
    await compareCalls(context, { where: 'Chromium', contenders, sizes, limitOf })
  })
}

/** A context of its own keeps it from sharing a process. */
async function contenderPage(browser, addresses, name) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${addresses.origin}/page/contenders.html`)
  await page.evaluate(([n, target]) => globalThis.bench.prepare(n, target), [name, addresses])
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  /** ms of CPU in all threads of the page's process */
  const cpuTime = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find((metric) => metric.name === 'ProcessTime').value * 1000
  }
  return { page, cpuTime }
}
