/** `nomyo fingerprint` and `nomyo trust`, against the real `nomyo router`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SecureChatCompletion } from '@nomyo/client'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, start, stopAll } from './support/command.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { expectFailure, jsonOf } from './support/stored-keys.ts'
import { inTerminal, skipWithoutTerminal } from './support/terminal.ts'

interface Router {
  readonly url: string
  readonly fingerprint: string
}

const OTHER = `sha256/${Buffer.alloc(32, 7).toString('base64')}`

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

async function startRouter(
  port = 0,
  cwd = directoryWithKey(),
): Promise<Router & { port: number; stop(): Promise<unknown> }> {
  const router = start(['router', '--port', String(port), '--quiet'], { cwd })
  const fingerprint = await router.fingerprint()
  const taken = await router.port()
  return { url: `http://localhost:${taken}/v1/`, fingerprint, port: taken, stop: () => router.stop() }
}

/** What is remembered of routers in a working directory. */
function remembered(cwd: string): Record<string, { readonly fingerprints: readonly string[] }> {
  const file = join(cwd, 'client_keys', 'known_routers.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof remembered>) : {}
}

test('fingerprint prints what the router presents, and stores nothing', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const args = ['fingerprint', url, '--allow-http']
  const hex = Buffer.from(fingerprint.slice(7), 'base64').toString('hex')
  const text = await runToEnd(args, { cwd })
  expect([text.stdout, text.stderr]).toEqual([`${fingerprint}\n`, ''])
  expect((await runToEnd([...args, '--hex'], { cwd })).stdout).toBe(`${hex}\n`)
  const object = await jsonOf(await runToEnd([...args, '--json'], { cwd }))
  expect(object).toEqual({ url: url.replace(/\/v1\/$/, ''), fingerprint, hex })
  expect(existsSync(join(cwd, 'client_keys'))).toBe(false)
})

test('http: needs --allow-http', async () => {
  const { url } = await startRouter()
  await expectFailure(await runToEnd(['fingerprint', url]), 1, /--allow-http/)
})

test.each(['', 'localhost:12434', 'router.example'])('%j is no address', async (url) => {
  for (const args of [
    ['fingerprint', url],
    ['trust', url, '--fingerprint', OTHER],
  ]) {
    await expectFailure(await runToEnd(args), 2, /must be a URL such as https:\/\//)
  }
})

test('without an address the help of that command is named', async () => {
  const command = await runToEnd(['fingerprint'])
  await expectFailure(command, 2, /URL/)
  expect(command.stderr).toContain('See nomyo fingerprint --help.\n')
})

test('trust with the right fingerprint is what a client goes by afterwards', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const hex = Buffer.from(fingerprint.slice(7), 'base64').toString('hex')
  const args = ['trust', url, '--allow-http', '--json', '--fingerprint']
  const first = await jsonOf(await runToEnd([...args, hex], { cwd }))
  const baseURL = url.replace(/\/v1\/$/, '')
  expect(first).toMatchObject({ url: baseURL, fingerprint, changed: true, replaced: [] })
  expect(remembered(cwd)).toMatchObject({ [baseURL]: { fingerprints: [fingerprint] } })
  const again = await jsonOf(await runToEnd([...args, fingerprint], { cwd }))
  expect(again).toEqual({ ...first, changed: false })

  const keyStore = pemKeyStore({ dir: join(cwd, 'client_keys') })
  const client = new SecureChatCompletion({ baseURL: url, allowHttp: true, keyStore, logLevel: 'off' })
  expect(await client.serverKey()).toMatchObject({
    fingerprint,
    pinned: false,
    firstSeen: Date.parse(String(first['trustedSince'])),
  })
})

test('trust with another fingerprint than the router’s stores nothing', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const args = ['trust', url, '--allow-http', '--fingerprint', OTHER]
  const command = await runToEnd(args, { cwd })
  await expectFailure(command, 1, /not sha256\/.*Nothing was stored/)
  expect(command.stderr).toContain(fingerprint)
  expect(await jsonOf(await runToEnd([...args, '--json'], { cwd }), 1)).toMatchObject({
    error: { name: 'SecurityError', code: 'server_key_mismatch' },
  })
  expect(remembered(cwd)).toEqual({})
})

test('a changed key replaces the remembered one only with its fingerprint', async () => {
  const cwd = emptyDirectory()
  const first = await startRouter()
  await jsonOf(
    await runToEnd(['trust', first.url, '--allow-http', '--json', '--fingerprint', first.fingerprint], {
      cwd,
    }),
  )
  await first.stop()
  const second = await startRouter(first.port, directoryWithKey(3072))
  const baseURL = second.url.replace(/\/v1\/$/, '')
  const args = ['trust', second.url, '--allow-http', '--fingerprint']
  await expectFailure(await runToEnd([...args, first.fingerprint], { cwd }), 1, /presents the key/)
  expect(remembered(cwd)[baseURL]?.fingerprints).toEqual([first.fingerprint])
  const changed = await jsonOf(await runToEnd([...args, second.fingerprint, '--json'], { cwd }))
  expect(changed).toMatchObject({ changed: true, replaced: [first.fingerprint] })
  expect(remembered(cwd)[baseURL]?.fingerprints).toEqual([second.fingerprint])
})

test('environments trust for themselves', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const args = ['trust', url, '--allow-http', '--fingerprint', fingerprint, '--environment', 'staging']
  const command = await runToEnd(args, { cwd })
  expect((await command.ended).code, command.output).toBe(0)
  expect(command.stdout).toMatch(/is trusted from now on\.\n {2}sha256\//)
  expect(existsSync(join(cwd, 'client_keys', 'staging', 'known_routers.json'))).toBe(true)
  expect(existsSync(join(cwd, 'client_keys', 'known_routers.json'))).toBe(false)
})

test('in a terminal it shows the key and what is remembered, and asks: no by default', async (context) => {
  skipWithoutTerminal(context)
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const args = ['trust', url, '--allow-http']
  const session = (type: string): ReturnType<typeof inTerminal> =>
    inTerminal(args, [{ expect: 'Yes', type }], { cwd })
  const declined = await session('\r')
  expect(declined.code, declined.output).toBe(1)
  expect(declined.output).toContain(fingerprint)
  expect(declined.output).toMatch(/Nothing is remembered/)
  const interrupted = await session('\x03')
  expect(interrupted.code, interrupted.output).toBe(130)
  expect(remembered(cwd)).toEqual({})
  const accepted = await session('y')
  expect(accepted.code, accepted.output).toBe(0)
  expect(Object.values(remembered(cwd))).toMatchObject([{ fingerprints: [fingerprint] }])
  const again = await inTerminal(args, [], { cwd })
  expect(again.output).toMatch(/trusted already/)
})
