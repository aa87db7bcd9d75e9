/**
 * The router as `nomyo router` runs it, beside a lean one, under the same load: in each turn both for a few seconds, and
 * OpenSSL's measure of the machine where the two are compared with it.
 */
import { Child } from '../measure/child.mjs'
import { CommandRouter } from '../measure/command-router.mjs'
import { rsaSpeed } from '../measure/rsa-speed.mjs'
import { median, quantile, ratioOf } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { LIMITS } from '../limits.mjs'
import { exactly, ms } from '../report.mjs'

const CONNECTIONS = [1, 16, 64, 256]
/** With as many the router is judged. */
const JUDGED = 64
const HELD = { connections: 256, seconds: 60 }

/** @param {import('../context.mjs').Context} context */
export async function router(context) {
  const own = JSON.stringify(context.addresses.own)
  const [sdk, lean] = [await CommandRouter.start(), new Child('processes/floor-router.mjs', [own])]
  const load = new Child('processes/load.mjs', [own])
  try {
    await load.ready
    const urls = { sdk: sdk.url, lean: await lean.ready }
    for (const url of Object.values(urls)) {
      await load.ask({ url, protocols: ['1.0', '2.0'], connections: 16, seconds: 1 })
    }
    for (const protocol of ['1.0', '2.0']) {
      for (const connections of CONNECTIONS) await compare(context, { load, urls, protocol, connections })
    }
    if (!context.isShort) await hold(context, load, urls.sdk)
  } finally {
    await Promise.all([sdk.end(), lean.end(), load.end()])
  }
}

async function compare({ report, isShort }, { load, urls, protocol, connections }) {
  const isJudged = connections === JUDGED && protocol === '1.0'
  const seconds = isShort ? 1 : isJudged || connections > JUDGED ? 2 : 1
  const loads = mapValues(urls, (url) => () => load.ask({ url, protocols: [protocol], connections, seconds }))
  const rsa = async () => ({ rate: await rsaSpeed(seconds) })
  const count = isShort || !isJudged ? 2 : 6
  const turns = await inTurns(count, isJudged ? { ...loads, rsa } : loads, { warmUp: 0 })
  const heading = `Router over ${protocol}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`
  report.heading(heading)
  report.line('', 'requests/s', 'p50', 'p99', 'load, CPU')
  for (const name of Object.keys(urls)) report.line(name, ...figuresOf(turns[name]))
  const rates = mapValues(turns, (list) => list.map(({ rate }) => rate))
  report.keep(heading, { rates })
  const toLean = ratioOf(rates.sdk, rates.lean)
  if (!isJudged) report.ratio('requests/s / lean router', toLean)
  else judge(report, toLean, rates)
  report.atMost('failed requests', exactly(sumOf(turns.sdk, 'failed') + sumOf(turns.lean, 'failed')), 0)
}

function judge(report, toLean, rates) {
  report.line('openssl, RSA-4096 private', median(rates.rsa).toFixed(0))
  report.atLeast('requests/s / lean router', toLean, LIMITS.router.lean)
  report.atLeast('requests/s / RSA operations/s', ratioOf(rates.sdk, rates.rsa), LIMITS.router.rsa)
  report.ratio('lean router / RSA operations/s', ratioOf(rates.lean, rates.rsa))
}

const sumOf = (turns, name) => turns.reduce((sum, turn) => sum + turn[name], 0)

function figuresOf(turns) {
  const latencies = turns.flatMap((turn) => turn.latencies)
  const rate = median(turns.map((turn) => turn.rate)).toFixed(0)
  const busy = 100 * median(turns.map((turn) => turn.busy))
  return [rate, ms(quantile(latencies, 0.5)), ms(quantile(latencies, 0.99)), `${busy.toFixed(0)} %`]
}

/** Both protocols at once, for as long as somebody would notice. */
async function hold({ report }, load, url) {
  const { connections, seconds } = HELD
  const outcome = await load.ask({ url, protocols: ['1.0', '2.0'], connections, seconds })
  report.heading(`Router, ${connections} connections for ${seconds} s, half of them over each protocol`)
  report.line('', 'requests/s', 'p50', 'p99', 'load, CPU')
  report.line('sdk', ...figuresOf([outcome]))
  report.atMost('failed requests', exactly(outcome.failed), 0)
  report.atMost('connections beyond those', exactly(outcome.opened - connections), 0)
}
