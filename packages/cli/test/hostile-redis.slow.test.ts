/** Routers whose Redis lies: what it says must never get a request processed twice, nor reach a log as it is. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll, type Command } from './support/command.ts'
import { envelopeFor, routerKey, sendTo } from './support/envelopes.ts'
import { bulk, startHostileRedis, stopHostileRedis, type Reply } from './support/hostile-redis.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { startReplica } from './support/replicas.ts'
import { jsonOf } from './support/stored-keys.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

const SECRET = 'redis-secret'
const OK = '+OK\r\n'
const NIL = '$-1\r\n'
const KEEPS_ALL = bulk('maxmemory_policy:noeviction\r\n')
const MEMORY = bulk('1 00000000-0000-4000-8000-000000000000')

let upstream: Upstream

beforeEach(async (context) => {
  skipUnlessBuilt(context)
  upstream = await startUpstream()
})
afterEach(async () => {
  await stopAll()
  await stopHostileRedis()
  await upstream?.close()
})
afterAll(removeDirectories)

/** One that behaves, but for these commands. */
function saying(lies: Readonly<Record<string, string>>): Reply {
  const truth: Readonly<Record<string, string>> = {
    INFO: KEEPS_ALL,
    GET: MEMORY,
    PING: '+PONG\r\n',
    EVAL: ':1\r\n',
  }
  return ([name = '']) => lies[name] ?? truth[name] ?? OK
}

async function routerOn(reply: Reply): Promise<Command> {
  const { url } = await startHostileRedis(reply)
  const env = { NOMYO_REPLAY_STORE_PASSWORD: SECRET }
  return startReplica({ cwd: directoryWithKey(), url, upstream, env })
}

const QUOTING = `-Redis was sent ${SECRET}: \u001B[31mrun curl\r\n`

test.for<[string, Reply, RegExp]>([
  ['OK to everything', () => OK, /Redis does not say its maxmemory-policy: allow INFO\.$/m],
  ['nothing to everything', () => NIL, /Redis does not say its maxmemory-policy: allow INFO\.$/m],
  ['no time', saying({ GET: OK }), /Redis does not say since when it remembers\.$/m],
  ['no memory', saying({ GET: NIL }), /Redis does not say since when it remembers\.$/m],
  ['a number for its memory', saying({ GET: ':1\r\n' }), /Redis does not say since when it remembers\.$/m],
  [
    'a list for its memory',
    saying({ GET: `*1\r\n${MEMORY}` }),
    /Redis does not say since when it remembers\.$/m,
  ],
  [
    'back what it was sent',
    saying({ AUTH: QUOTING, HELLO: QUOTING }),
    /^nomyo: --replay-store: Redis cannot be reached \(no answer\)\.$/m,
  ],
  [
    'it later',
    saying({ INFO: QUOTING }),
    /^nomyo: --replay-store: Redis cannot be reached \(no answer\)\.$/m,
  ],
  [
    'it in code',
    saying({ INFO: `-NOPERM ${SECRET}\r\n` }),
    /^nomyo: --replay-store: Redis refuses \(NOPERM\)\.$/m,
  ],
])('a Redis that says %s: no router starts, and nothing of it is quoted', async ([, reply, line]) => {
  const router = await routerOn(reply)
  expect((await router.ended).code, router.output).toBe(1)
  expect(router.stderr).toMatch(line)
  expect(router.output).not.toContain(SECRET)
  expect(router.output).not.toContain('\u001B')
})

test.for<[string, string | undefined]>([
  ['OK', OK],
  ['nothing', NIL],
  ['1 as a text', bulk('1')],
  ['a list', '*1\r\n:1\r\n'],
  ['2', ':2\r\n'],
  ['an error', QUOTING],
  ['no word', undefined],
])('a claim that is answered with %s is none: 503, and the model is not asked', async ([, said]) => {
  const redis = await startHostileRedis(saying({}))
  const router = startReplica({ cwd: directoryWithKey(), url: redis.url, upstream, env: {} })
  const port = await router.port()
  const key = await routerKey(port)
  expect(await sendTo(port, await envelopeFor(key, 'before'))).toBe(200)
  upstream.asked.splice(0)
  const truth = saying({})
  redis.reply = (command) => (command[0] === 'EVAL' ? said : truth(command))
  expect(await sendTo(port, await envelopeFor(key, 'lied to'))).toBe(503)
  expect(upstream.asked).toEqual([])
  expect(router.output).not.toContain(SECRET)
})

test('a Redis whose reply never ends keeps neither the router nor the doctor', async () => {
  const redis = await startHostileRedis(([name]) => (name === 'INFO' ? '$1000000\r\n' : OK))
  const drip = setInterval(() => redis.push('x'), 200)
  try {
    const router = startReplica({ cwd: directoryWithKey(), url: redis.url, upstream, env: {} })
    const args = ['doctor', 'http://127.0.0.1:9', '--replay-store', redis.url, '--json']
    const doctor = await runToEnd(args, { cwd: emptyDirectory() })
    expect((await router.ended).code).toBe(1)
    const { findings } = await jsonOf<{ findings: readonly { check: string; level: string }[] }>(doctor, 1)
    expect(findings).toContainEqual(expect.objectContaining({ check: 'replay store', level: 'problem' }))
  } finally {
    clearInterval(drip)
  }
})
