/** The Redis of docs/scaling.md, in each of the states that it speaks of: TLS, users, full, read-only, a cluster. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { skipUnlessBuilt, stopAll, type Command, type CommandOptions } from './support/command.ts'
import { envelopeFor, routerKey, sendTo } from './support/envelopes.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { skipUnlessRedis, startRedis, stopRedis, type RedisServer } from './support/redis.ts'
import { startReplica } from './support/replicas.ts'
import { skipWithoutOpenssl } from './support/stored-keys.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

/** What docs/scaling.md says that a user of Redis needs. */
const COMMANDS = ['info', 'set', 'get', 'eval', 'ping']
const SECRET = 'redis-secret'

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

function replica(url: string, env: CommandOptions['env'] = {}, cwd = directoryWithKey()): Command {
  return startReplica({ cwd, url, upstream, env })
}

/** Sends one envelope to the router twice, and gives the statuses. */
async function twice(router: Command): Promise<readonly number[]> {
  const port = await router.port()
  const envelope = await envelopeFor(await routerKey(port), 'twice')
  return [await sendTo(port, envelope), await sendTo(port, envelope)]
}

/** The status of one that is new. */
async function once(port: number): Promise<number> {
  return sendTo(port, await envelopeFor(await routerKey(port), 'once'))
}

async function expectRefused(router: Command, line: RegExp): Promise<void> {
  expect((await router.ended).code, router.output).toBe(1)
  expect(router.stderr).toMatch(line)
  expect(router.output).not.toContain(SECRET)
}

/** A certificate for that name, and its key. */
function certificateFor(name: string): { cert: string; key: string } {
  const directory = emptyDirectory()
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  )
  return { cert, key }
}

test('rediss: its certificate is verified, and its name', async (context) => {
  skipWithoutOpenssl(context)
  const [right, other] = [certificateFor('localhost'), certificateFor('redis.example')]
  const redis = await startRedis([], { tls: right })
  expect(await twice(replica(redis.url, { NODE_EXTRA_CA_CERTS: right.cert }))).toEqual([200, 400])
  await expectRefused(
    replica(redis.url),
    /^nomyo: --replay-store: Redis cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/m,
  )
  const misnamed = await startRedis([], { tls: other })
  await expectRefused(
    replica(misnamed.url, { NODE_EXTRA_CA_CERTS: other.cert }),
    /^nomyo: --replay-store: Redis cannot be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)\.$/m,
  )
  // In clear to one that speaks TLS alone, and the other way round.
  await expectRefused(replica(`redis://localhost:${redis.port}`), /Redis cannot be reached/)
  const clear = await startRedis()
  await expectRefused(replica(`rediss://localhost:${clear.port}`), /Redis cannot be reached/)
})

/** A Redis whose default user is off, and the URL of a user with these commands and the claims' keys. */
async function withUser(commands: readonly string[]): Promise<string> {
  const allowed = commands.map((command) => `+${command}`)
  const user = [
    'user',
    'router',
    'on',
    `>${SECRET}`,
    'resetchannels',
    '~{nomyo:replay}:*',
    '-@all',
    ...allowed,
  ]
  const redis = await startRedis(['--user', ...['default', 'off'], '--user', ...user.slice(1)])
  return redis.url.replace('//', '//router@')
}

test('a user of Redis that may do what docs/scaling.md names, and nothing else', async () => {
  const env = { NOMYO_REPLAY_STORE_PASSWORD: SECRET }
  const url = await withUser(COMMANDS)
  expect(await twice(replica(url, env))).toEqual([200, 400])
  await expectRefused(replica(url, { NOMYO_REPLAY_STORE_PASSWORD: 'wrong' }), /Redis refuses \(WRONGPASS\)/)
  await expectRefused(replica(url), /Redis refuses \(NOAUTH\)/)
})

test.for(['info', 'set', 'get'])('a user that may not %s is refused at the start', async (command) => {
  const url = await withUser(COMMANDS.filter((one) => one !== command))
  const router = replica(url, { NOMYO_REPLAY_STORE_PASSWORD: SECRET })
  await expectRefused(router, /^nomyo: --replay-store: Redis refuses \(NOPERM\)\.$/m)
})

test('for a user that may not eval, or whose keys are others, nothing is processed', async () => {
  const env = { NOMYO_REPLAY_STORE_PASSWORD: SECRET }
  const port = await replica(await withUser(COMMANDS.filter((one) => one !== 'eval')), env).port()
  expect(await once(port)).toBe(503)
  const redis = await startRedis()
  await redis.command('ACL', 'SETUSER', 'router', 'on', `>${SECRET}`, '~other:*', '+@all')
  await expectRefused(replica(redis.url.replace('//', '//router@'), env), /Redis refuses \(NOPERM\)/)
  expect(upstream.asked).toEqual([])
})

/** Two routers on `redis`, of which each has processed one request. */
async function workingReplicas(redis: RedisServer): Promise<readonly number[]> {
  const cwd = directoryWithKey()
  const routers = [replica(redis.url, {}, cwd), replica(redis.url, {}, cwd)]
  const ports = await Promise.all(routers.map((router) => router.port()))
  expect(await Promise.all(ports.map(once))).toEqual([200, 200])
  upstream.asked.splice(0)
  return ports
}

test('Redis that is full: 503 and nothing is processed; with room again it goes on, and has forgotten nothing', async () => {
  const redis = await startRedis()
  const ports = await workingReplicas(redis)
  const former = await envelopeFor(await routerKey(ports[0]!), 'former')
  expect(await sendTo(ports[0]!, former)).toBe(200)
  upstream.asked.splice(0)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  await expect(redis.command('SET', 'x', 'y')).rejects.toThrow(/OOM/)
  expect(await Promise.all(ports.map(once))).toEqual([503, 503])
  expect(await Promise.all(ports.map((port) => sendTo(port, former)))).not.toContain(200)
  expect(upstream.asked).toEqual([])
  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  expect(await Promise.all(ports.map(once))).toEqual([200, 200])
  expect(await Promise.all(ports.map((port) => sendTo(port, former)))).toEqual([400, 400])
  const full = await startRedis(['--maxmemory', '1'])
  await expectRefused(replica(full.url), /^nomyo: --replay-store: Redis refuses \(OOM\)\.$/m)
})

test('Redis that becomes read-only: 503 and nothing is processed; a replica is refused at the start', async () => {
  const [redis, primary] = [await startRedis(), await startRedis()]
  const ports = await workingReplicas(redis)
  const former = await envelopeFor(await routerKey(ports[0]!), 'former')
  expect(await sendTo(ports[0]!, former)).toBe(200)
  upstream.asked.splice(0)
  await redis.command('REPLICAOF', '127.0.0.1', String(primary.port))
  await expect(redis.command('SET', 'x', 'y')).rejects.toThrow(/READONLY/)
  for (let round = 0; round < 3; round++) {
    expect(await Promise.all(ports.map(once))).toEqual([503, 503])
    expect(await Promise.all(ports.map((port) => sendTo(port, former)))).not.toContain(200)
  }
  expect(upstream.asked).toEqual([])
  await expectRefused(replica(redis.url), /^nomyo: --replay-store: Redis refuses \(READONLY\)\.$/m)
  // Promoted, it may have lost what it knew: then it remembers since now, or goes on where it was.
  await redis.command('REPLICAOF', 'NO', 'ONE')
  await expect.poll(() => Promise.all(ports.map(once)), { timeout: 10_000 }).toEqual([200, 200])
  for (const port of ports) expect(await sendTo(port, former)).toBe(400)
})

test('with appendfsync always a Redis that is killed and comes back has lost nothing', async () => {
  const place = { dir: emptyDirectory() }
  const options = ['--appendonly', 'yes', '--appendfsync', 'always']
  const redis = await startRedis(options, place)
  const ports = await workingReplicas(redis)
  const key = await routerKey(ports[0]!)
  const envelopes = await Promise.all(
    Array.from({ length: 50 }, (_, index) => envelopeFor(key, `kept-${index}`)),
  )
  const statuses: number[] = []
  for (const [index, envelope] of envelopes.entries())
    statuses.push(await sendTo(ports[index % 2]!, envelope))
  expect(new Set(statuses)).toEqual(new Set([200]))
  await redis.kill()
  await startRedis(options, { ...place, port: redis.port })
  const ready = (): Promise<number[]> => Promise.all(ports.map((port) => sendTo(port, envelopes[0]!)))
  await expect.poll(ready, { timeout: 10_000 }).toEqual([400, 400])
  const again: number[] = []
  for (const [index, envelope] of envelopes.entries())
    again.push(await sendTo(ports[(index + 1) % 2]!, envelope))
  expect(new Set(again)).toEqual(new Set([400]))
  expect(new Set(upstream.asked).size).toBe(upstream.asked.length)
  expect(await Promise.all(ports.map(once))).toEqual([200, 200])
})

test('with an old dump.rdb it comes back with older data, and that is not noticed', async () => {
  const place = { dir: emptyDirectory() }
  const redis = await startRedis([], place)
  const [port = 0] = await workingReplicas(redis)
  const key = await routerKey(port)
  const [saved, late] = [await envelopeFor(key, 'saved'), await envelopeFor(key, 'late')]
  expect(await sendTo(port, saved)).toBe(200)
  await redis.command('SAVE')
  expect(await sendTo(port, late)).toBe(200)
  await redis.kill()
  // Without persistence of its own, Redis still reads what lies there.
  await startRedis([], { ...place, port: redis.port })
  await expect.poll(() => sendTo(port, saved), { timeout: 10_000 }).toBe(400)
  expect(await sendTo(port, late)).toBe(200)
})

test('a cluster of one node is as good as a Redis once it holds the slots; before that no router starts', async () => {
  const redis = await startRedis(['--cluster-enabled', 'yes'])
  await expectRefused(replica(redis.url), /^nomyo: --replay-store: Redis refuses \(CLUSTERDOWN\)\.$/m)
  await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  const isUp = async (): Promise<string> => String(await redis.command('CLUSTER', 'INFO'))
  await expect.poll(isUp, { timeout: 10_000 }).toContain('cluster_state:ok')
  const ports = await workingReplicas(redis)
  const envelope = await envelopeFor(await routerKey(ports[0]!), 'once')
  expect([await sendTo(ports[0]!, envelope), await sendTo(ports[1]!, envelope)]).toEqual([200, 400])
})
