/** Routers that share a key and a Redis: what Redis costs a call, what it can take, and what a second router brings here. */
import { createClient } from '@redis/client'
import { redisReplayStore } from '@nomyo/router/redis'
import { Child } from '../measure/child.mjs'
import { CommandRouter } from '../measure/command-router.mjs'
import { isRedisThere, startRedis } from '../measure/redis.mjs'
import { differenceOf, median, quantile, ratioOf } from '../measure/statistics.mjs'
import { inTurns, mapValues } from '../measure/turns.mjs'
import { exactly, ms } from '../report.mjs'

const CONNECTIONS = 64
const SECONDS = 2
const CLAIMS = 20_000
const CLAIMS_AT_ONCE = 64
/** ms for which a claim is kept here. */
const TTL = 60_000

/** @param {import('../context.mjs').Context} context */
export async function replicas(context) {
  if (!isRedisThere()) {
    context.report.heading('Several routers: skipped, since there is no redis-server (REDIS_SERVER_PATH)')
    return
  }
  const redis = await startRedis()
  const shared = ['--replay-store', redis.url]
  const alone = await CommandRouter.start()
  const one = await CommandRouter.start(shared, alone.keyDir)
  const two = await CommandRouter.start(shared, alone.keyDir)
  // Each claims by itself: what would not do for two.
  const other = await CommandRouter.start([], alone.keyDir)
  const own = JSON.stringify(context.addresses.own)
  const loads = [new Child('processes/load.mjs', [own]), new Child('processes/load.mjs', [own])]
  try {
    await Promise.all(loads.map((load) => load.ready))
    const urls = {
      'one, alone': [alone.url],
      'one, Redis': [one.url],
      'two, without Redis': [alone.url, other.url],
      'two, Redis': [one.url, two.url],
    }
    await withMany(context, loads, urls)
    await withOne(context, loads, urls)
    await claims(context, redis)
  } finally {
    await Promise.all([...loads, one, two, other].map((child) => child.end()))
    // Whose keys all of them have.
    await alone.end()
    await redis.end()
  }
}

/** Requests of so many connections in all, half of them to each of two routers. */
const under = (loads, connections, seconds) => (urls) => async () => {
  const each = connections / urls.length
  const load = { protocols: ['2.0'], connections: each, seconds }
  const outcomes = await Promise.all(urls.map((url, i) => loads[i].ask({ ...load, url })))
  return {
    rate: outcomes.reduce((sum, { rate }) => sum + rate, 0),
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    latencies: outcomes.flatMap(({ latencies }) => latencies),
  }
}

async function withMany({ report, turns, isShort }, loads, urls) {
  const tasks = mapValues(urls, under(loads, CONNECTIONS, isShort ? 1 : SECONDS))
  const outcomes = await inTurns(turns(5), tasks, { warmUp: 1 })
  report.heading(`Several routers over 2.0, ${CONNECTIONS} connections`)
  report.line('', 'requests/s', 'p50', 'p99')
  for (const [name, list] of Object.entries(outcomes)) {
    const latencies = list.flatMap((one) => one.latencies)
    const rate = median(list.map((one) => one.rate)).toFixed(0)
    report.line(name, rate, ms(quantile(latencies, 0.5)), ms(quantile(latencies, 0.99)))
  }
  const rates = mapValues(outcomes, (list) => list.map(({ rate }) => rate))
  report.keep('several routers', { rates })
  report.ratio('requests/s, Redis / alone', ratioOf(rates['one, Redis'], rates['one, alone']))
  report.ratio('requests/s, two / one', ratioOf(rates['two, Redis'], rates['one, Redis']))
  report.ratio('the same without Redis', ratioOf(rates['two, without Redis'], rates['one, alone']))
  const failed = Object.values(outcomes).flatMap((list) => list.map((one) => one.failed))
  report.atMost('failed requests', exactly(failed.reduce((sum, count) => sum + count, 0)), 0)
}

/** Of a request that waits for nothing else. */
async function withOne({ report, turns }, loads, { 'one, alone': alone, 'one, Redis': redis }) {
  const outcomes = await inTurns(turns(6), mapValues({ alone, redis }, under(loads, 1, 1)), { warmUp: 1 })
  const latency = mapValues(outcomes, (list) => list.map((one) => median(one.latencies)))
  report.heading('What Redis costs a request over 2.0, 1 connection')
  report.line('p50, alone', ms(median(latency.alone)))
  report.line('p50, Redis', ms(median(latency.redis)))
  report.keep('what Redis costs a request', latency)
  report.ratio('ms of Redis', differenceOf(latency.redis, latency.alone))
}

/** As many as one Redis takes from one connection, 64 on their way at a time, and what it keeps of each. */
async function claims({ report, isShort }, redis) {
  const client = createClient({ url: redis.url })
  await client.connect()
  const store = await redisReplayStore(client)
  const count = isShort ? CLAIMS / 10 : CLAIMS
  let left = count
  const lane = async () => {
    while (left-- > 0)
      if (!(await store.claim(crypto.randomUUID(), TTL))) throw new Error('A new id was known.')
  }
  const usedBefore = await usedMemory(client)
  const start = performance.now()
  await Promise.all(Array.from({ length: CLAIMS_AT_ONCE }, lane))
  const seconds = (performance.now() - start) / 1000
  const used = (await usedMemory(client)) - usedBefore
  client.destroy()
  report.heading('Redis, claims of one connection')
  report.ratio('claims/s', exactly(count / seconds))
  report.ratio('bytes of memory a claim', exactly(used / count))
}

/** Bytes. */
async function usedMemory(client) {
  return Number(/^used_memory:(\d+)/m.exec(await client.sendCommand(['INFO', 'memory']))[1])
}
