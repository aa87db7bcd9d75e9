/** Two real routers with one key, one real Redis, and what of it breaks. */
import { join } from 'node:path'
import { SecureChatCompletion, NomyoError, type ClientOptions } from '@nomyo/client'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { startBalancer } from './support/balancer.ts'
import { runToEnd, skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { envelopeFor, routerKey, sendTo, type Envelope } from './support/envelopes.ts'
import { inTurn } from './support/in-turn.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { startReplica } from './support/replicas.ts'
import { privateKeyPem } from './support/stored-keys.ts'
import { skipUnlessRedis, startRedis, stopRedis } from './support/redis.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

const ENVELOPES = 2_000
const CALLS = 150
/** As many as a router opens at once without refusing any. */
const WIDTH = 24
/** As often as a call is tried. */
const ATTEMPTS = 6

let upstream: Upstream

beforeEach(async (context) => {
  skipUnlessBuilt(context)
  skipUnlessRedis(context)
  upstream = await startUpstream()
})
afterEach(async () => {
  await stopAll()
  await stopRedis()
  await upstream?.close()
})
afterAll(removeDirectories)

/** A router with the key in `cwd`. */
function replica(cwd: string, url: string): Command {
  return startReplica({ cwd, url, upstream })
}

/** Two of them, and where they listen. */
async function twoReplicas(cwd: string, url: string): Promise<{ routers: Command[]; ports: number[] }> {
  const routers = [replica(cwd, url), replica(cwd, url)]
  return { routers, ports: await Promise.all(routers.map((router) => router.port())) }
}

function countsOf(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ')
}

function clientAt(baseURL: string, options: ClientOptions = {}): SecureChatCompletion {
  return new SecureChatCompletion({ baseURL, allowHttp: true, logLevel: 'off', maxRetries: 5, ...options })
}

/** `right` for the answer to this call, `typed …` for an error of ours, else what it is. */
async function outcomeOf(client: SecureChatCompletion, model: string): Promise<string> {
  try {
    const answer = await client.create({ model, messages: [{ role: 'user', content: 'Hello' }] })
    return answer.model === model ? 'right' : `the answer to ${answer.model}`
  } catch (error) {
    if (NomyoError.isInstance(error)) return `typed ${error.code}`
    return `untyped ${String(error)}`
  }
}

/** Those that belong to the envelope. */
function headersOf({ headers }: Request): Record<string, string> {
  const names = ['content-type', 'x-payload-id']
  return Object.fromEntries(names.map((name) => [name, headers.get(name)!]))
}

test('2,000 envelopes, each sent to both at once: each is processed once', async ({ annotate }) => {
  const redis = await startRedis()
  const { ports } = await twoReplicas(directoryWithKey(), redis.url)
  const key = await routerKey(ports[0]!)
  const statuses: number[] = []
  await inTurn(ENVELOPES, WIDTH, async (index) => {
    const envelope = await envelopeFor(key, `envelope-${index}`)
    statuses.push(...(await Promise.all(ports.map((port) => sendTo(port, envelope)))))
  })
  expect(countsOf(statuses)).toEqual({ 200: ENVELOPES, 400: ENVELOPES })
  expect(upstream.asked).toHaveLength(ENVELOPES)
  expect(new Set(upstream.asked).size).toBe(ENVELOPES)
  await annotate(
    `${ENVELOPES} envelopes sent to 2 routers at once: ${upstream.asked.length} processed`,
    'count',
  )
}, 120_000)

test('Redis that is down or stalls is a 503 in time, and nothing is processed; then it goes on', async () => {
  const redis = await startRedis()
  const { ports } = await twoReplicas(directoryWithKey(), redis.url)
  const key = await routerKey(ports[0]!)
  const send = async (): Promise<number[]> =>
    Promise.all(ports.map(async (port) => sendTo(port, await envelopeFor(key, 'any'))))
  redis.signal('SIGSTOP')
  const before = performance.now()
  expect(await send()).toEqual([503, 503])
  expect(performance.now() - before).toBeLessThan(5_000)
  redis.signal('SIGCONT')
  await redis.kill()
  expect(await send()).toEqual([503, 503])
  expect(upstream.asked).toEqual([])
  await startRedis([], { port: redis.port })
  // The first claim of each finds that the memory is another one.
  await expect.poll(send, { timeout: 10_000 }).toEqual([200, 200])
}, 60_000)

test.for(['restarts empty', 'is flushed'])(
  'Redis that %s does not let an envelope in again',
  { timeout: 60_000 },
  async (how) => {
    const redis = await startRedis()
    const { ports } = await twoReplicas(directoryWithKey(), redis.url)
    const key = await routerKey(ports[0]!)
    const envelope = await envelopeFor(key, 'first')
    expect(await sendTo(ports[0]!, envelope)).toBe(200)
    expect(await sendTo(ports[1]!, envelope)).toBe(400)
    if (how === 'is flushed') await redis.command('FLUSHALL')
    else {
      await redis.kill()
      await startRedis([], { port: redis.port })
    }
    // Whoever comes with it first or later, and until the routers are at work again.
    const again = async (): Promise<number[]> => {
      for (const port of ports) await sendTo(port, envelope)
      return Promise.all(ports.map(async (port) => sendTo(port, await envelopeFor(key, 'later'))))
    }
    await expect.poll(again, { timeout: 10_000 }).toEqual([200, 200])
    await again()
    expect(upstream.asked.filter((model) => model === 'first')).toHaveLength(1)
  },
)

test.for(['allkeys-lru', 'volatile-ttl'])(
  'Redis with the policy %s is refused at the start',
  async (policy) => {
    const redis = await startRedis(['--maxmemory-policy', policy])
    const command = replica(directoryWithKey(), redis.url)
    expect((await command.ended).code).toBe(1)
    expect(command.stderr).toContain(
      `its maxmemory-policy is ${policy}. To mend it: CONFIG SET maxmemory-policy noeviction`,
    )
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await replica(directoryWithKey(), redis.url).port()
  },
)

test('a password is taken from the environment and never shown, and where CONFIG is forbidden it starts', async () => {
  const redis = await startRedis(['--requirepass', 'redis-secret', '--rename-command', 'CONFIG', ''])
  const run = (url: string, password?: string): Command =>
    start(['router', '--port', '0', '--replay-store', url], {
      ...{ cwd: directoryWithKey(), env: { NOMYO_REPLAY_STORE_PASSWORD: password } },
    })
  const [right, wrong, none] = [
    run(redis.url, 'redis-secret'),
    run(redis.url, 'wrong-secret'),
    run(redis.url),
  ]
  await right.port()
  expect((await wrong.ended).code).toBe(1)
  expect(wrong.stderr).toMatch(/^nomyo: --replay-store: Redis refuses \(WRONGPASS\)\.$/m)
  expect((await none.ended).code).toBe(1)
  expect(none.stderr).toMatch(/^nomyo: --replay-store: Redis refuses \(NOAUTH\)\.$/m)
  const inURL = run(redis.url.replace('//', '//:redis-secret@'))
  expect((await inURL.ended).code).toBe(2)
  expect(inURL.stderr).toContain('NOMYO_REPLAY_STORE_PASSWORD')
  const shown = [right, wrong, inURL].map(({ output }) => output).join('')
  expect(shown).not.toMatch(/redis-secret|wrong-secret/)
})

test('Redis that takes connections and says nothing is one plain line too', async () => {
  const redis = await startRedis()
  redis.signal('SIGSTOP')
  const command = replica(directoryWithKey(), redis.url)
  expect((await command.ended).code).toBe(1)
  expect(command.stderr).toMatch(/^nomyo: --replay-store: Redis cannot be reached \(no answer\)\.$/m)
})

test('Redis that is not there is one plain line', async () => {
  const redis = await startRedis()
  await redis.kill()
  const command = replica(directoryWithKey(), redis.url)
  expect((await command.ended).code).toBe(1)
  expect(command.stderr).toMatch(/^nomyo: --replay-store: Redis cannot be reached \(ECONNREFUSED\)\.$/m)
})

/** How often each of them occurs, of those that occur more often than that. */
function moreThan(limit: number, values: readonly string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(countsOf(values)).filter(([, count]) => count > limit))
}

/** Attempts of which each is one envelope with a mark of its own: the client makes one, and this tries again. */
async function markedOutcome(baseURL: string, call: string, fetch: typeof globalThis.fetch): Promise<string> {
  let outcome = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    outcome = await outcomeOf(clientAt(baseURL, { fetch, maxRetries: 0 }), `${call}.${attempt}`)
    if (!outcome.startsWith('typed ')) break
  }
  return outcome
}

test.for([0, 1])(
  'router %i killed in mid-load: every call ends well, no envelope is processed twice',
  { timeout: 120_000 },
  async (victim, context) => {
    await upstream.close()
    // So long that some are under way in the router that is killed.
    upstream = await startUpstream({ delay: 200 })
    const redis = await startRedis()
    const cwd = directoryWithKey()
    const { routers, ports } = await twoReplicas(cwd, redis.url)
    await using balancer = await startBalancer(ports)
    const envelopes: Envelope[] = []
    const copies: Promise<number>[] = []
    let lost = 0
    /** Somebody on the way keeps every envelope, and sends a copy, whatever became of it: it may not arrive either. */
    const doubled = (sent: { count: number }): typeof fetch => {
      return async (input, init) => {
        const request = new Request(input, init)
        if (request.method !== 'POST') return fetch(request)
        const body = new Uint8Array(await request.clone().arrayBuffer())
        const envelope = { body, headers: headersOf(request) }
        envelopes.push(envelope)
        sent.count++
        const response = await fetch(request).catch((error: unknown) => error as Error)
        copies.push(sendTo(Number(new URL(balancer.url).port), envelope).catch(() => 0))
        if (!(response instanceof Error)) return response
        lost++
        throw response
      }
    }
    const outcomes: string[] = []
    const sentOf = new Map<string, { count: number }>()
    await inTurn(CALLS, WIDTH, async (index) => {
      if (index === CALLS / 3) routers[victim]!.kill('SIGKILL')
      if (index === (2 * CALLS) / 3) ports[victim] = await replica(cwd, redis.url).port()
      const [call, sent] = [`call-${index}`, { count: 0 }]
      sentOf.set(call, sent)
      // Of every second call the client itself tries again: then its envelopes share a mark.
      const outcome =
        index % 2 === 0
          ? markedOutcome(balancer.url, call, doubled(sent))
          : outcomeOf(clientAt(balancer.url, { fetch: doubled(sent) }), call)
      outcomes.push(await outcome)
    })
    const copied = countsOf(await Promise.all(copies))
    // Once more each, to whom it was and was not sent.
    const before = upstream.asked.length
    await inTurn(envelopes.length, WIDTH, async (index) => {
      for (const port of ports) await sendTo(port, envelopes[index]!)
    })
    const marked = upstream.asked.filter((mark) => mark.includes('.'))
    expect(moreThan(1, marked)).toEqual({})
    for (const [call, { count }] of sentOf) expect(moreThan(count, upstream.asked)[call]).toBeUndefined()
    // Fewer, if the router was killed between an envelope's claim and its way on: then nobody processes it.
    expect(upstream.asked.length).toBeLessThanOrEqual(envelopes.length)
    expect(lost).toBeGreaterThan(0)
    const counts = countsOf(outcomes)
    expect(counts['right']).toBeGreaterThan(0.9 * CALLS)
    expect(Object.keys(counts).filter((name) => !/^right$|^typed /.test(name))).toEqual([])
    await context.annotate(
      `router ${victim} killed in ${CALLS} calls (${listed(counts)}): ${lost} attempts lost; ${envelopes.length} envelopes, ` +
        `copies ${listed(copied)}, ${before} processed, then ${upstream.asked.length - before} that had never arrived; ` +
        `${marked.length} with a mark of their own, 0 twice`,
      'count',
    )
  },
)

test('a rolling change of the key under load: no call fails', async ({ annotate }) => {
  const redis = await startRedis()
  const cwd = directoryWithKey()
  const { routers, ports } = await twoReplicas(cwd, redis.url)
  const before = await routers[0]!.fingerprint()
  await using balancer = await startBalancer(ports)
  const longLived = clientAt(balancer.url)
  const failures: string[] = []
  let [calls, isOver] = [0, false]
  const load = inTurn(4, 4, async (lane) => {
    while (!isOver) {
      // Every second lane is of clients that know nothing, and take the key from whichever router.
      const client = lane % 2 === 0 ? longLived : clientAt(balancer.url)
      const outcome = await outcomeOf(client, `call-${calls++}`)
      if (outcome !== 'right') failures.push(outcome)
    }
  })
  const some = async (count: number): Promise<void> => {
    const enough = calls + count
    await expect.poll(() => calls, { timeout: 60_000 }).toBeGreaterThan(enough)
  }
  await some(30)
  const rotated = await runToEnd(['keys', 'rotate', '--key-dir', join(cwd, 'router_keys')])
  expect((await rotated.ended).code, rotated.output).toBe(0)
  await some(30)
  for (const index of [0, 1]) {
    expect((await routers[index]!.stop('SIGTERM')).code).toBe(0)
    routers[index] = replica(cwd, redis.url)
    ports[index] = await routers[index].port()
    await some(30)
  }
  isOver = true
  await load
  const keys = await Promise.all(ports.map(routerKey))
  expect(new Set(keys.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  expect(keys[0]!.fingerprint).not.toBe(before)
  expect(failures).toEqual([])
  await annotate(`the key changed over 2 routers in ${calls} calls: ${failures.length} failed`, 'count')
}, 120_000)

test('a change of the key in environment variables, in two steps under load: no call fails, over 1.0 either', async ({
  annotate,
}) => {
  const redis = await startRedis()
  const [old, next] = [privateKeyPem('old'), privateKeyPem('next')]
  const ports: number[] = []
  const routers: Command[] = []
  const restart = async (index: number, current: string, other?: string): Promise<void> => {
    expect((await routers[index]?.stop('SIGTERM'))?.code ?? 0).toBe(0)
    const env = { NOMYO_ROUTER_KEY: current, NOMYO_ROUTER_OTHER_KEY: other }
    routers[index] = startReplica({ cwd: emptyDirectory(), url: redis.url, upstream, env })
    ports[index] = await routers[index].port()
  }
  for (const index of [0, 1]) await restart(index, old)
  const before = await routerKey(ports[0]!)
  await using balancer = await startBalancer(ports)
  const withKey = async (options: ClientOptions): Promise<SecureChatCompletion> => {
    const client = clientAt(balancer.url, options)
    await client.loadKeys({ pem: privateKeyPem('client') })
    return client
  }
  const longLived = [await withKey({ protocol: '1.0' }), await withKey({ protocol: '2.0' })]
  const calls = { '1.0': 0, '2.0': 0 }
  const failures: string[] = []
  let isOver = false
  const load = inTurn(4, 4, async (lane) => {
    while (!isOver) {
      const protocol = lane % 2 === 0 ? '1.0' : '2.0'
      // Every second lane is of clients that know nothing, and take the key from whichever router.
      const client = lane < 2 ? longLived[lane]! : await withKey({ protocol })
      const outcome = await outcomeOf(client, `call-${protocol}-${calls[protocol]++}`)
      if (outcome !== 'right') failures.push(`${protocol}: ${outcome}`)
    }
  })
  const some = async (count: number): Promise<void> => {
    const enough = Math.max(calls['1.0'], calls['2.0']) + count
    await expect.poll(() => Math.min(calls['1.0'], calls['2.0']), { timeout: 60_000 }).toBeGreaterThan(enough)
  }
  await some(20)
  for (const index of [0, 1]) await restart(index, old, next)
  await some(20)
  for (const index of [0, 1]) {
    await restart(index, next, old)
    await some(20)
  }
  isOver = true
  await load
  const keys = await Promise.all(ports.map(routerKey))
  expect(new Set(keys.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  expect(keys[0]!.fingerprint).not.toBe(before.fingerprint)
  expect(failures).toEqual([])
  await annotate(
    `the key in the environment changed over 2 routers in ${calls['1.0']} calls over 1.0 and ${calls['2.0']} over 2.0: ` +
      `${failures.length} failed`,
    'count',
  )
}, 180_000)

test('a router that is asked with the new key before its own restart takes it up, and offers it', async () => {
  const redis = await startRedis()
  const cwd = directoryWithKey()
  const { routers, ports } = await twoReplicas(cwd, redis.url)
  const old = await routerKey(ports[1]!)
  await runToEnd(['keys', 'rotate', '--key-dir', join(cwd, 'router_keys')])
  await routers[0]!.stop('SIGTERM')
  const restarted = await replica(cwd, redis.url).port()
  const key = await routerKey(restarted)
  expect(key.fingerprint).not.toBe(old.fingerprint)
  expect(await sendTo(ports[1]!, await envelopeFor(key, 'new'))).toBe(200)
  expect(await routerKey(ports[1]!)).toMatchObject({ fingerprint: key.fingerprint })
  const former = await envelopeFor(old, 'old')
  // What was sealed to the former key is one claim for both.
  expect([await sendTo(ports[1]!, former), await sendTo(restarted, former)]).toEqual([200, 400])
}, 60_000)
