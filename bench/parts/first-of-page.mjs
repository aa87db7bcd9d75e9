/** The first request of a fresh page: each page a new tab, the key in IndexedDB, or to be generated. */
import { LIMITS } from '../limits.mjs'
import { withChromium } from '../measure/browser.mjs'
import { beyondGenerating } from '../measure/marks.mjs'
import { bootstrap, differenceOf, median, ratioOf } from '../measure/statistics.mjs'
import { inTurns } from '../measure/turns.mjs'
import { exactly, ms } from '../report.mjs'

const STORED = ['sdk 1.0', 'sdk 1.0 again', 'floor 1.0', 'sdk 2.0', 'floor 2.0']

/** @param {import('../context.mjs').Context} context */
export async function firstOfPage(context) {
  await withChromium(async (browser) => {
    await withStoredKey(context, browser)
    await withoutKey(context, browser)
  })
}

async function withStoredKey({ report, addresses, turns }, browser) {
  const profile = await browser.newContext()
  for (const name of ['sdk 1.0', 'floor 1.0']) await outcomeOf(profile, addresses, name, 'store')
  const tasks = Object.fromEntries(
    STORED.map((name) => [name, () => outcomeOf(profile, addresses, name, 'call')]),
  )
  const outcomes = await inTurns(turns(10), tasks)
  await profile.close()
  report.heading('First request of a fresh page, 1 KB, key in IndexedDB (ms since the navigation)')
  report.line('', 'request left', 'answered')
  const of = (name, when) => outcomes[name].map((one) => one[when])
  for (const name of STORED) report.line(name, ms(median(of(name, 'sent'))), ms(median(of(name, 'answered'))))
  report.keep('first request of a page', outcomes)
  const ratio = (a, b, when) => ratioOf(of(a, when), of(b, when))
  report.ratio('A/A: sdk 1.0 / itself, left', ratio('sdk 1.0 again', 'sdk 1.0', 'sent'))
  report.atMost('sdk 1.0 / floor, left', ratio('sdk 1.0', 'floor 1.0', 'sent'), LIMITS.freshPage)
  report.atMost('sdk 1.0 / floor, answered', ratio('sdk 1.0', 'floor 1.0', 'answered'), LIMITS.freshPage)
  report.ratio('sdk 2.0 / floor, left', ratio('sdk 2.0', 'floor 2.0', 'sent'))
  report.ratio('sdk 2.0 / floor, answered', ratio('sdk 2.0', 'floor 2.0', 'answered'))
  report.atMost('keys generated over 2.0', exactly(Math.max(...of('sdk 2.0', 'generations'))), 0)
}

/** How long a key takes is chance: what counts is what comes on top of it, beside what comes on top of it by hand. */
async function withoutKey({ report, addresses, isShort }, browser) {
  const fresh = (name, task) => async () => {
    const profile = await browser.newContext()
    try {
      return await outcomeOf(profile, addresses, name, task)
    } finally {
      await profile.close()
    }
  }
  const tasks = {
    call: fresh('sdk 1.0', 'call'),
    floor: fresh('floor 1.0', 'call'),
    ready: fresh('sdk 1.0', 'ready'),
  }
  const outcomes = await inTurns(isShort ? 2 : 5, tasks, { warmUp: 1 })
  report.heading('First request of a fresh page without a key, over 1.0 (from the call)')
  report.keep('first request of a page without a key', outcomes)
  const generated = median(outcomes.call.map((one) => one.generatedFor))
  report.line('generating the key', ms(generated))
  const [waits, floor] = [outcomes.call, outcomes.floor].map((list) => list.map(beyondGenerating))
  report.line('ms beyond one key generation', ms(median(waits)))
  report.line('the same by hand', ms(median(floor)))
  report.atMost('ms beyond a key generation and the floor', differenceOf(waits, floor), LIMITS.generation)
  const most = (list) => exactly(Math.max(...list.map((one) => one.generations)))
  report.atMost('keys generated in a call', most(outcomes.call), 1)
  report.atMost('keys generated in a call after ready()', most(outcomes.ready), 0)
  report.atMost(
    'ms of a call after ready()',
    bootstrap(outcomes.ready.map(beyondGenerating), median),
    LIMITS.generation,
  )
}

async function outcomeOf(profile, { origin }, name, task) {
  const [who, protocol] = name.split(' ')
  const page = await profile.newPage()
  await page.goto(`${origin}/page/${who}.html?protocol=${protocol}&task=${task}`)
  const outcome = await page.evaluate(() => globalThis.outcome)
  await page.close()
  return task === 'store' ? undefined : outcome
}
