/** What the pages for a start say, typed as it stands there: only ports are others, and packages are not installed but linked. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryKeyStore, SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import {
  BIN,
  environmentWith,
  runToEnd,
  skipUnlessBuilt,
  start,
  stopAll,
  type Command,
} from './support/command.ts'
import { runNginx, skipUnlessNginx, skipUnlessRuns } from './support/deployment.ts'
import { root, snippetsIn, textOf } from './support/documents.ts'
import { fetchTrusting } from './support/https-fetch.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'
import { skipUnlessRedis, startRedis, stopRedis } from './support/redis.ts'
import { skipWithoutOpenssl } from './support/stored-keys.ts'
import { closedPort } from './support/upstream.ts'

const terminals: ChildProcess[] = []

beforeEach(skipUnlessBuilt)
afterEach(async () => {
  await closeTerminals()
  await stopAll()
  await stopRedis()
})
afterAll(removeDirectories)

/** Where somebody types. */
interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What stands there, by what it is here. */
  readonly ports: Readonly<Record<string, number>>
}

const here = (text: string, ports: Place['ports']): string =>
  Object.entries(ports).reduce((all, [there, port]) => all.replaceAll(there, String(port)), text)

/** The block of a page that has these words in it. */
function block(page: string, language: string, words: string): string {
  const found = snippetsIn(page).filter((one) => one.language === language && one.code.includes(words))
  expect(found, `${page}: ${words}`).toHaveLength(1)
  return found[0]!.code
}

/** Writes each file that a page names right before the block that shows it. */
function writeFiles(page: string, { cwd, ports }: Place): void {
  for (const [, name, code] of textOf(page).matchAll(/`(\w+\.mjs)`:\n\n```ts\n([\s\S]*?)^```$/gm)) {
    writeFileSync(join(cwd, name!), here(code!, ports))
  }
}

/** What a line prints, and its exit code. */
function type(script: string, { cwd, env, ports }: Place): { code: number | null; output: string } {
  const options = { cwd, env: environmentWith(env), encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here(script, ports)], options)
  return { code: status, output: stdout + stderr }
}

/** Types what goes on until it is stopped. */
function openTerminal(script: string, { cwd, env, ports }: Place): void {
  const options = { cwd, env: environmentWith(env), stdio: 'ignore', detached: true } as const
  terminals.push(spawn('sh', ['-c', here(script, ports)], options))
}

/** Ends each with all that it has started. */
async function closeTerminals(): Promise<void> {
  for (const child of terminals.splice(0)) {
    const closed = once(child, 'close')
    if (child.exitCode !== null || child.signalCode !== null) continue
    process.kill(-child.pid!, 'SIGKILL')
    await closed
  }
}

function isUp(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** A folder in which the packages are, as after the installation, and a router's key, which would take seconds. */
function projectFolder(): string {
  const cwd = directoryWithKey()
  const modules = join(cwd, 'node_modules')
  for (const folder of ['@nomyo', '.bin']) mkdirSync(join(modules, folder), { recursive: true })
  for (const name of ['client', 'keystore-pem'])
    symlinkSync(join(root, 'packages', name), join(modules, '@nomyo', name), 'junction')
  symlinkSync(BIN, join(modules, '.bin/nomyo'))
  return cwd
}

test('quickstart-node: an answer, a pinned router, another pin that stops, a server', async (context) => {
  skipUnlessRuns(context, 'curl', 'apt-get install curl')
  const page = 'docs/quickstart-node.md'
  const [router, server] = [await closedPort(), await closedPort()]
  const place: Place = {
    cwd: projectFolder(),
    env: { NOMYO_ROUTER_PORT: String(router) },
    ports: { '12434': router, '3000': server },
  }
  const typed = (script: string): ReturnType<typeof type> => type(script, place)
  writeFiles(page, place)

  openTerminal(block(page, 'sh', 'npx nomyo router'), place)
  await expect.poll(() => isUp(router), { timeout: 60_000 }).toBe(true)

  expect(typed(block(page, 'sh', 'node ask.mjs'))).toMatchObject({
    code: 0,
    output: expect.stringMatching(/5 characters[\s\S]*^2\.0$/m) as string,
  })
  const presented = typed('npx nomyo fingerprint http://localhost:12434 --allow-http')
  expect(presented.output).toMatch(/^sha256\/\S{44}$/m)
  const pinned = typed(block(page, 'sh', 'node pinned.mjs'))
  expect(pinned.code).toBe(1) // the second call's
  expect(pinned.output).toMatch(/5 characters[\s\S]*^true$/m)
  expect(pinned.output).toContain(`stopped: the router presents ${presented.output.trim()}`)

  openTerminal(block(page, 'sh', 'node server.mjs'), place)
  const asked = block(page, 'sh', 'curl')
  await expect
    .poll(() => typed(asked).output, { timeout: 30_000 })
    .toContain(`${'What is at /envelopes?'.length} characters`)
}, 180_000)

test('quickstart-command: answers in a pipe and as JSON, a fingerprint, a pin; trust asks nobody in a script', async () => {
  const page = 'docs/quickstart-command.md'
  const router = await closedPort()
  const cwd = projectFolder()
  const place: Place = {
    cwd,
    env: {
      NOMYO_ROUTER_PORT: String(router),
      NOMYO_BASE_URL: `http://localhost:${router}`,
      PATH: `${join(cwd, 'node_modules/.bin')}:${process.env['PATH']}`,
    },
    ports: { '12434': router },
  }
  openTerminal(block(page, 'sh', 'nomyo router --round-trip'), place)
  await expect.poll(() => isUp(router), { timeout: 60_000 }).toBe(true)

  const first = type(block(page, 'sh', 'export NOMYO_BASE_URL'), place)
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining('5 characters') as string })
  const piped = type(block(page, 'sh', 'answer.txt'), place)
  expect(piped.code, piped.output).toBe(0)
  expect(piped.output).toContain('"content":"I am the embedded responder')
  expect(readFileSync(join(cwd, 'answer.txt'), 'utf8')).toMatch(/^I am the embedded responder[^\n]*\n$/)

  const known = type(block(page, 'sh', 'nomyo trust'), place)
  expect(known.output).toMatch(/^sha256\/\S{44}$/m)
  expect(known.output).toContain('5 characters')
  expect(known).toMatchObject({ code: 2, output: expect.stringContaining('say --fingerprint') as string })
  const doctor = type(block(page, 'sh', 'nomyo doctor'), place)
  expect(doctor.output).toContain('Nothing is wrong.')
}, 180_000)

const ROUTERS = ['12441', '12442']

test('self-hosting: two routers behind nginx change their key, restarted with no wait between, and no call fails', async (context) => {
  skipUnlessNginx(context)
  skipUnlessRedis(context)
  skipWithoutOpenssl(context)
  const page = 'docs/self-hosting.md'
  const cwd = directoryWithKey()
  const redis = await startRedis()
  const ports: Record<string, number> = { '12443': await closedPort() }
  for (const there of ROUTERS) ports[there] = await closedPort()
  const env = {
    NOMYO_ROUTER_API_KEYS: 'first-client-key,second-client-key',
    NOMYO_ROUTER_REPLAY_STORE: redis.url,
  }
  expect(type(block(page, 'sh', 'openssl req'), { cwd, env, ports }).code).toBe(0)

  const run = async (there: string): Promise<Command> => {
    const router = start(['router', '--port', String(ports[there])], { cwd, env })
    await router.port()
    return router
  }
  const routers = await Promise.all(ROUTERS.map(run))
  await using proxy = await runNginx(
    cwd,
    ports['12443']!,
    nginxWith(cwd, block(page, 'nginx', 'upstream'), ports),
  )
  const options: ClientOptions = {
    ...{ baseURL: proxy.url, apiKey: 'first-client-key', logLevel: 'off' },
    fetch: fetchTrusting(readFileSync(join(cwd, 'cert.pem'), 'utf8')),
  }
  const client = new SecureChatCompletion({ ...options, keyStore: memoryKeyStore() })
  // A third larger over 1.0 than what is in it.
  const large = { model: 'm', messages: [{ role: 'user' as const, content: 'x'.repeat(10_000_000) }] }
  const over1 = new SecureChatCompletion({ ...options, keyStore: memoryKeyStore(), protocol: '1.0' })
  expect((await over1.create(large)).choices[0]!.message.content).toContain('10000000 characters')
  const before = (await client.serverKey()).fingerprint

  let isOver = false
  let answers = 0
  const failures: unknown[] = []
  const ask = async (): Promise<void> => {
    while (!isOver) {
      await client.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] }).then(
        () => answers++,
        (error: unknown) => failures.push(error),
      )
    }
  }
  const load = [ask(), ask(), ask()]
  try {
    const rotated = await runToEnd(['keys', 'rotate', '--key-dir', 'router_keys'], { cwd })
    expect(await rotated.ended, rotated.output).toMatchObject({ code: 0 })
    for (const [index, there] of ROUTERS.entries()) {
      await routers[index]!.stop('SIGTERM')
      routers[index] = await run(there)
    }
    const answered = answers
    await expect.poll(() => answers, { timeout: 30_000 }).toBeGreaterThan(answered + 20)
  } finally {
    isOver = true
    await Promise.all(load)
  }
  expect(failures).toEqual([])
  const after = (await client.serverKey()).fingerprint
  expect(after).not.toBe(before)
  expect(await routers[1]!.fingerprint()).toBe(after)
}, 120_000)

/** What a page has for nginx, as Debian's nginx.conf includes it, in a folder of its own. */
function nginxWith(directory: string, block: string, ports: Place['ports']): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ')
  const around = `pid ${directory}/nginx.pid; events {} http { access_log off; ${temporary}`
  return `${around}\n${here(block, ports)}\n}`
}
