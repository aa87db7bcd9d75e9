/** How `nomyo router` starts, keeps its key, listens and stops. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { SecureChatCompletion } from '@nomyo/client'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, start, startPiped, stopAll } from './support/command.ts'
import { ask } from './support/http.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { expectFailure, expectNoPassword, PASSWORD } from './support/stored-keys.ts'
import { startUpstream } from './support/upstream.ts'

const STACK_TRACE = /^\s+at /m
const hasModes = process.platform !== 'win32'

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

/** An IPv4 address of this machine that is not loopback. */
function outerAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}

/** Waits, with a listener on that address, until `run` is done. */
async function whileTaken(address: string, run: (port: number) => Promise<void>): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  try {
    await run((server.address() as { port: number }).port)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

test('the first start generates a 4096-bit key in files of its own, the second one loads it', async () => {
  const cwd = emptyDirectory()
  const first = start(['router', '--port', '0'], { cwd })
  const fingerprint = await first.fingerprint()
  await first.port()
  expect(first.stdout).toMatch(/seconds/)
  expect(await first.stop()).toEqual({ code: 0, signal: null })

  const keyFile = join(cwd, 'router_keys', 'private_key.pem')
  const before = readFileSync(keyFile)
  if (hasModes) {
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(statSync(join(cwd, 'router_keys')).mode & 0o777).toBe(0o700)
  }

  const second = start(['router', '--port', '0'], { cwd })
  expect(await second.fingerprint()).toBe(fingerprint)
  const { body } = await ask(await second.port(), { path: '/pki/public_key' })
  expect(body).toBe(readFileSync(join(cwd, 'router_keys', 'public_key.pem'), 'utf8'))
  await second.stop()
  expect(readFileSync(keyFile)).toEqual(before)
}, 120_000)

test('a key under a password, from its first start on', async () => {
  const cwd = emptyDirectory()
  const first = start(['router', '--port', '0'], { cwd, env: { NOMYO_KEY_PASSWORD: PASSWORD } })
  const fingerprint = await first.fingerprint()
  await first.stop()
  const pem = readFileSync(join(cwd, 'router_keys', 'private_key.pem'), 'utf8')
  expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
  expect(first.stderr).not.toContain('without a password')

  const again = start(['router', '--port', '0', '--password-fd', '3'], { cwd, descriptors: [PASSWORD] })
  expect(await again.fingerprint()).toBe(fingerprint)
  await again.stop()
  expectNoPassword(first, again)
}, 120_000)

test('a key that was encrypted is served under its password, and without it the start says how to give it', async () => {
  const cwd = directoryWithKey()
  const clear = start(['router', '--port', '0'], { cwd })
  const fingerprint = await clear.fingerprint()
  await clear.stop()
  const [, advice = ''] = /nomyo (keys encrypt) --key-dir "(.+)"/.exec(clear.stderr) ?? []
  const args = [...advice.split(' '), '--key-dir', join(cwd, 'router_keys')]
  expect((await runToEnd(args, { env: { NOMYO_NEW_KEY_PASSWORD: PASSWORD } })).stderr).not.toContain('nomyo:')

  const locked = await runToEnd(['router', '--port', '0'], { cwd })
  await expectFailure(locked, 1, /router_keys is encrypted: set NOMYO_KEY_PASSWORD, or say --password-fd N/)
  const wrong = await runToEnd(['router', '--port', '0'], { cwd, env: { NOMYO_KEY_PASSWORD: 'wrong' } })
  await expectFailure(wrong, 1, /password is wrong/)
  const opened = start(['router', '--port', '0'], { cwd, env: { NOMYO_KEY_PASSWORD: PASSWORD } })
  expect(await opened.fingerprint()).toBe(fingerprint)
})

test('--key-dir keeps another key', async () => {
  const command = start(['router', '--port', '0', '--key-dir', join(directoryWithKey(), 'router_keys')], {
    cwd: emptyDirectory(),
  })
  await command.fingerprint()
  expect(command.stdout).toContain('router_keys')
})

test('a key that cannot be read stops the start and stays as it is', async () => {
  const cwd = directoryWithKey()
  const keyFile = join(cwd, 'router_keys', 'private_key.pem')
  writeFileSync(keyFile, 'damaged')
  const command = await runToEnd(['router', '--port', '0'], { cwd })
  expect((await command.ended).code).toBe(1)
  expect(command.stderr).toMatch(/^nomyo: .*private_key\.pem/m)
  expect(command.output).not.toMatch(STACK_TRACE)
  expect(readFileSync(keyFile, 'utf8')).toBe('damaged')
})

test.skipIf(!hasModes)('a key that others can read is refused with the chmod that mends it', async () => {
  const cwd = directoryWithKey()
  chmodSync(join(cwd, 'router_keys', 'private_key.pem'), 0o644)
  const command = await runToEnd(['router', '--port', '0'], { cwd })
  expect((await command.ended).code).toBe(1)
  expect(command.stderr).toMatch(/^nomyo: .*chmod 600 /m)
})

test.for(['SIGINT', 'SIGTERM'] as const)('%s stops it: exit code 0, no stack trace', async (signal) => {
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  const port = await command.port()
  expect(await command.stop(signal)).toEqual({ code: 0, signal: null })
  expect(command.output).not.toMatch(STACK_TRACE)
  await expect(ask(port)).rejects.toThrow('ECONNREFUSED')
})

test('an idle connection that is kept alive does not hold up the stop', async () => {
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  await (await fetch(`http://127.0.0.1:${await command.port()}/health`)).text()
  const before = Date.now()
  expect((await command.stop()).code).toBe(0)
  expect(Date.now() - before).toBeLessThan(3_000)
})

test('a request that is running is answered before it stops', async () => {
  const upstream = await startUpstream({ delay: 1_000 })
  try {
    const command = start(['router', '--port', '0', '--upstream', upstream.url], { cwd: directoryWithKey() })
    const client = new SecureChatCompletion({
      ...{ baseURL: `http://127.0.0.1:${await command.port()}`, allowHttp: true },
      ...{ logLevel: 'off', maxRetries: 0 },
    })
    await client.ready()
    const answer = client.create({ model: 'any', messages: [{ role: 'user', content: 'Hello' }] })
    await expect.poll(() => upstream.asked.length).toBe(1)
    const before = Date.now()
    const ending = command.stop()
    expect((await answer).choices[0]?.message.content).toBe('Upstream says hello.')
    expect((await ending).code).toBe(0)
    expect(Date.now() - before).toBeLessThan(3_500)
  } finally {
    await upstream.close()
  }
}, 60_000)

test('it listens on both loopback addresses, and on no other', async (context) => {
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  const port = await command.port()
  expect((await ask(port, { path: '/health' })).status).toBe(200)
  const six = await ask(port, { path: '/health', address: '::1' }).catch(() => undefined)
  if (six !== undefined) expect(six.status).toBe(200)
  else expect(command.output).toMatch(/IPv6|::1/)
  const outer = outerAddress()
  if (outer === undefined) return context.skip('this machine has loopback addresses only')
  await expect(ask(port, { path: '/health', address: outer })).rejects.toThrow('ECONNREFUSED')
})

test.for(['127.0.0.1', '::1'])(
  'a port that is taken on %s is one plain line and exit code 1',
  async (address, context) => {
    const command = whileTaken(address, async (port) => {
      const ended = await runToEnd(['router', '--port', String(port)], { cwd: directoryWithKey() })
      expect((await ended.ended).code).toBe(1)
      const lines = ended.stderr.split('\n').filter((line) => line.startsWith('nomyo: '))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(String(port))
      expect(lines[0]).toContain('--port')
      expect(ended.output).not.toMatch(STACK_TRACE)
    })
    await command.catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL') context.skip(`this machine has no ${address}`)
      throw error
    })
  },
)

test('beyond loopback it does not start without API keys', async () => {
  const command = await runToEnd(['router', '--port', '0', '--host', '0.0.0.0'], { cwd: directoryWithKey() })
  expect((await command.ended).code).toBeGreaterThan(0)
  expect(command.stderr).toMatch(
    /^nomyo: .*NOMYO_ROUTER_API_KEYS.*--no-api-key|^nomyo: .*--no-api-key.*NOMYO_ROUTER_API_KEYS/m,
  )
})

test('beyond loopback it starts if --no-api-key is said', async () => {
  const command = start(['router', '--port', '0', '--host', '0.0.0.0', '--no-api-key'], {
    cwd: directoryWithKey(),
  })
  expect((await ask(await command.port(), { path: '/health' })).status).toBe(200)
})

test('API keys come from the environment, are required then, and are never printed', async () => {
  const env = { NOMYO_ROUTER_API_KEYS: 'first-secret-key, second-secret-key' }
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey(), env })
  const clientWith = async (apiKey: string): Promise<unknown> => {
    const client = new SecureChatCompletion({
      ...{ baseURL: `http://127.0.0.1:${await command.port()}`, allowHttp: true, apiKey },
      ...{ logLevel: 'off', maxRetries: 0 },
    })
    return client.create({ model: 'any', messages: [{ role: 'user', content: 'Hello' }] })
  }
  await expect(clientWith('wrong-key')).rejects.toMatchObject({ status: 401 })
  await expect(clientWith('second-secret-key')).resolves.toMatchObject({ object: 'chat.completion' })
  await command.stop()
  expect(command.output).not.toMatch(/secret-key|wrong-key/)
}, 60_000)

test('a list of API keys that holds none does not open the router', async () => {
  const env = { NOMYO_ROUTER_API_KEYS: ' , ' }
  const command = await runToEnd(['router', '--port', '0'], { cwd: directoryWithKey(), env })
  expect((await command.ended).code).toBeGreaterThan(0)
  expect(command.stderr).toMatch(/^nomyo: .*NOMYO_ROUTER_API_KEYS/m)
})

test('a warning is one line', async () => {
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  await command.logs(/^Warning: .*without a password.*\n/m)
  expect(command.stderr).not.toMatch(/\(node:|--trace-warnings/)
})

test('the request log has a line with method, path and status for each request, without the query', async () => {
  const command = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  await ask(await command.port(), { path: '/health?token=abc' })
  const [line] = await command.logs(/^.*\/health.*$/m)
  expect(line).toMatch(/GET \/health\b.*\b200\b/)
  expect(command.output).not.toContain('token=abc')
})

test('--quiet logs no requests', async () => {
  const command = start(['router', '--port', '0', '--quiet'], { cwd: directoryWithKey() })
  await ask(await command.port(), { path: '/health' })
  await command.stop()
  expect(command.output).not.toContain('/health')
})

/** Expects wrong usage, told in one line that names both options. */
async function expectKeysNotServed(cwd: string, ...args: string[]): Promise<void> {
  const command = await runToEnd(['router', '--port', '0', ...args], { cwd })
  expect((await command.ended).code, command.output).toBe(2)
  expect(command.stderr).toMatch(/^nomyo: .*--static.*--key-dir/m)
  expect(command.output).not.toMatch(STACK_TRACE)
  expect(command.stdout).toBe('')
}

test.for([
  ['--static', '.'],
  ['--static', 'router_keys'],
  ['--static', './router_keys/'],
  ['--static', '..'],
  ['--static', 'page', '--key-dir', 'page'],
  ['--static', 'page', '--key-dir', 'page/deep/er'],
  ['--static', 'page', '--key-dir', 'page/..keys'],
  ['--static', 'link', '--key-dir', 'page/keys'],
  ['--static', 'page', '--key-dir', 'link/keys'],
  ['--static', 'page', '--key-dir', 'router_keys/../link/keys'],
])('%j would serve the key, and is wrong usage', async (args) => {
  const cwd = directoryWithKey()
  mkdirSync(join(cwd, 'page'))
  symlinkSync('page', join(cwd, 'link'))
  await expectKeysNotServed(cwd, ...args)
})

test('a key directory that does not exist yet is not made where it would be served', async () => {
  const cwd = emptyDirectory()
  await expectKeysNotServed(cwd, '--static', '.')
  expect(existsSync(join(cwd, 'router_keys'))).toBe(false)
})

test('a key directory that is a link into the served one is wrong usage', async () => {
  const cwd = directoryWithKey()
  mkdirSync(join(cwd, 'page'))
  renameSync(join(cwd, 'router_keys'), join(cwd, 'page', 'moved'))
  symlinkSync('page/moved', join(cwd, 'router_keys'))
  await expectKeysNotServed(cwd, '--static', 'page')
})

test('a page beside or below the key is served', async () => {
  const cwd = directoryWithKey()
  for (const name of ['page', 'router_keys/page']) {
    mkdirSync(join(cwd, name))
    writeFileSync(join(cwd, name, 'index.html'), 'Hello')
    const command = start(['router', '--port', '0', '--static', name], { cwd })
    expect((await ask(await command.port())).body).toBe('Hello')
    expect((await ask(await command.port(), { path: '/../private_key.pem' })).status).toBe(404)
  }
})

test.skipIf(!hasModes)('it outlives the reader of its log', async () => {
  const piped = startPiped(['router', '--port', '0'], '/^Router key/q', { cwd: directoryWithKey() })
  try {
    const port = await piped.port
    for (let i = 0; i < 5; i++) {
      expect((await ask(port, { path: '/health' })).status).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await piped.stop()
  }
})
