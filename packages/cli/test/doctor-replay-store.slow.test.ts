/** `nomyo doctor --replay-store` at a real Redis, in each state that it speaks of. */
import { execFileSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll, type CommandOptions } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { skipUnlessRedis, startRedis, stopRedis } from './support/redis.ts'
import { jsonOf, skipWithoutOpenssl } from './support/stored-keys.ts'

const SECRET = 'redis-secret'
const ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always']

interface Finding {
  readonly check: string
  readonly level: string
  readonly message: string
  readonly mend?: string
}

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipUnlessRedis(context)
})
afterEach(async () => {
  await stopAll()
  await stopRedis()
})
afterAll(removeDirectories)

/** What is found of that Redis, each as its level and its message, and the mends. */
async function look(
  url: string,
  env: CommandOptions['env'] = {},
): Promise<{ found: readonly string[]; mends: readonly string[] }> {
  // The address is of no router, which is a problem of its own.
  const args = ['doctor', 'http://127.0.0.1:9', '--replay-store', url, '--json']
  const command = await runToEnd(args, { cwd: emptyDirectory(), env })
  expect(command.output).not.toContain(SECRET)
  const { findings } = await jsonOf<{ findings: readonly Finding[] }>(command, 1)
  const own = findings.filter(({ check }) => check === 'replay store')
  for (const { level, mend } of own) expect(mend === undefined).toBe(level === 'ok')
  return {
    found: own.map(({ level, message }) => `${level}: ${message}`),
    mends: own.flatMap(({ mend }) => mend ?? []),
  }
}

test('a Redis as docs/scaling.md wants it: nothing is wrong, and nothing was written', async () => {
  const redis = await startRedis([...ALWAYS, '--maxmemory', '100mb'])
  const { found } = await look(redis.url)
  expect(found).toEqual([
    `ok: ${redis.url} answers.`,
    'ok: Without TLS, on this machine.',
    'ok: Its maxmemory-policy is noeviction: no claim is dropped.',
    expect.stringMatching(/^ok: It uses \d % of its maxmemory\.$/),
    'ok: A restart loses nothing: appendonly yes, appendfsync always.',
  ])
  expect(await redis.command('DBSIZE')).toBe(0)
  const named = await runToEnd(['doctor', 'http://127.0.0.1:9'], {
    cwd: emptyDirectory(),
    env: { NOMYO_ROUTER_REPLAY_STORE: redis.url },
  })
  expect(named.stdout).toContain('replay store: A restart loses nothing')
  expect((await runToEnd(['doctor', 'http://127.0.0.1:9'], { cwd: emptyDirectory() })).stdout).not.toContain(
    'replay',
  )
})

test('the policy, and the mend that mends it', async () => {
  const redis = await startRedis([...ALWAYS, '--maxmemory-policy', 'allkeys-lru'])
  const { found, mends } = await look(redis.url)
  expect(found[2]).toMatch(/^problem: Its maxmemory-policy is allkeys-lru/)
  const [command = ''] = mends[0]!.split(',')
  await redis.command(...command.split(' '))
  expect((await look(redis.url)).found[2]).toMatch(/^ok: /)
})

test.for<[string, string[], RegExp]>([
  ['snapshots', ['--save', '60 1'], /^warning: It keeps snapshots alone/],
  ['everysec', ['--appendonly', 'yes', '--appendfsync', 'everysec'], /^warning: With appendfsync everysec/],
  ['nothing on disk', [], /^ok: It keeps nothing on disk/],
])('what a restart loses: %s', async ([, options, words]) => {
  const redis = await startRedis(options)
  const { found, mends } = await look(redis.url)
  expect(found.at(-1)).toMatch(words)
  for (const command of mends[0]?.split(/[;,] /).filter((one) => one.startsWith('CONFIG')) ?? []) {
    await redis.command(...command.split(' '))
  }
  expect((await look(redis.url)).found.at(-1)).toMatch(/^ok: /)
})

test('memory that is short, and a replica', async () => {
  const redis = await startRedis(ALWAYS)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  expect((await look(redis.url)).found[3]).toMatch(
    /^problem: It uses \d+ % of its maxmemory: routers answer 503/,
  )
  const used = Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))![1])
  await redis.command('CONFIG', 'SET', 'maxmemory', String(Math.round(used * 1.15)))
  expect((await look(redis.url)).found[3]).toMatch(/^warning: .*when it is full/)
  const replica = await startRedis([...ALWAYS, '--replicaof', '127.0.0.1', String(redis.port)])
  const { found, mends } = await look(replica.url)
  expect(found).toContain('problem: It is a replica, in which no claim can be made: routers answer 503.')
  expect(mends).toContain(`Name its primary: redis://127.0.0.1:${redis.port}`)
})

test('users: who may do too little, has no password, or a wrong one', async () => {
  const redis = await startRedis(ALWAYS)
  const user = async (name: string, ...commands: string[]): Promise<string> => {
    await redis.command('ACL', 'SETUSER', name, 'on', `>${SECRET}`, '~{nomyo:replay}:*', '-@all', ...commands)
    return redis.url.replace('//', `//${name}@`)
  }
  const env = { NOMYO_REPLAY_STORE_PASSWORD: SECRET }
  const router = await user('router', '+info', '+set', '+get', '+eval', '+ping')
  const { found } = await look(router, env)
  expect(found.at(-1)).toMatch(/^warning: appendonly is yes; CONFIG GET is not allowed/)
  expect(found.filter((one) => one.startsWith('problem'))).toEqual([])
  expect(found[0]).toBe(`ok: ${redis.url} answers.`) // without the user
  expect((await look(await user('deaf', '+ping'), env)).found.at(-1)).toMatch(/^problem: INFO is not allowed/)
  expect((await look(await user('mute', '+info', '+ping'), env)).found).toContain(
    'problem: EVAL is not allowed: routers answer 503.',
  )
  const wrong = await look(router, { NOMYO_REPLAY_STORE_PASSWORD: 'wrong' })
  expect(wrong.found).toEqual(['problem: --replay-store: Redis refuses (WRONGPASS).'])
  expect(wrong.mends[0]).toContain('NOMYO_REPLAY_STORE_PASSWORD')
  await redis.command('CONFIG', 'SET', 'requirepass', SECRET)
  expect((await look(redis.url)).found).toEqual(['problem: --replay-store: Redis refuses (NOAUTH).'])
})

test('one that is not there, says nothing, is no Redis, or is no URL', async () => {
  const redis = await startRedis()
  redis.signal('SIGSTOP')
  expect((await look(redis.url)).found).toEqual([
    'problem: --replay-store: Redis cannot be reached (no answer).',
  ])
  await redis.kill()
  expect((await look(redis.url)).found).toEqual([
    'problem: --replay-store: Redis cannot be reached (ECONNREFUSED).',
  ])
  const other = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { found } = await look(`redis://127.0.0.1:${(other.address() as AddressInfo).port}`)
  expect(found).toEqual([expect.stringMatching(/^problem: --replay-store: Redis cannot be reached/)])
  await new Promise((resolve) => other.close(resolve))
  for (const url of ['http://localhost', 'redis://%zz@localhost', 'redis://localhost/not-a-number']) {
    expect((await look(url)).found).toEqual([expect.stringMatching(/must be a redis: or rediss: URL/)])
  }
  expect((await look(redis.url.replace('//', `//:${SECRET}@`))).found[0]).toMatch(/must have no password/)
})

test('TLS: a certificate that is trusted, and one that is not', async (context) => {
  skipWithoutOpenssl(context)
  const directory = emptyDirectory()
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
  const redis = await startRedis(ALWAYS, { tls: { cert, key } })
  const trusted = await look(redis.url, { NODE_EXTRA_CA_CERTS: cert })
  expect(trusted.found[1]).toBe('ok: Over TLS, and its certificate is valid.')
  const { found, mends } = await look(redis.url)
  expect(found[0]).toMatch(/cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
  expect(mends[0]).toContain('NODE_EXTRA_CA_CERTS')
})
