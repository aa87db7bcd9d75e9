/** What `nomyo router` takes from a file and the environment, TLS, and how it stops while it answers. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import { memoryKeyStore, SecureChatCompletion } from '@nomyo/client'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { ask } from './support/http.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'
import { DONE, event, EVENTS, startModels } from './support/stack.ts'
import { expectFailure, skipWithoutOpenssl } from './support/stored-keys.ts'
import { startUpstream } from './support/upstream.ts'

const QUESTION = { model: 'any', messages: [{ role: 'user' as const, content: 'Hello' }] }
const CERTIFICATE = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem']

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

/** A directory with a router key and a configuration. */
function directoryWithConfig(config: unknown): string {
  const cwd = directoryWithKey()
  writeFileSync(join(cwd, 'router.json'), typeof config === 'string' ? config : JSON.stringify(config))
  return cwd
}

/** A directory with a router key, and `cert.pem` and `key.pem` for localhost. */
function directoryWithCertificate(): string {
  const cwd = directoryWithKey()
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject],
    {
      cwd,
      stdio: 'ignore',
    },
  )
  chmodSync(join(cwd, 'key.pem'), 0o600)
  return cwd
}

function router(cwd: string, args: readonly string[] = [], env: Record<string, string> = {}): Command {
  return start(['router', ...args], { cwd, env })
}

test('options come from a file, the environment goes before it, and arguments before both', async () => {
  const upstreams = await Promise.all(
    ['file', 'environment', 'argument'].map((content) => startUpstream({ content })),
  )
  const [inFile, inEnvironment, asArgument] = upstreams.map(({ url }) => url) as [string, string, string]
  const says = async (command: Command): Promise<unknown> => {
    const client = new SecureChatCompletion({
      ...{ baseURL: `http://127.0.0.1:${await command.port()}`, allowHttp: true, keyStore: memoryKeyStore() },
      ...{ logLevel: 'off', maxRetries: 0 },
    })
    return (await client.create(QUESTION)).choices[0]!.message.content
  }
  try {
    const cwd = directoryWithConfig({ port: 0, host: ['127.0.0.1'], upstream: inFile, quiet: true })
    const config = ['--config', 'router.json']
    const env = { NOMYO_ROUTER_UPSTREAM: inEnvironment, NOMYO_ROUTER_CONFIG: 'router.json' }
    const first = router(cwd, config)
    expect(await says(first)).toBe('file')
    expect(first.stderr).not.toContain('POST') // quiet
    expect(await says(router(cwd, [], env))).toBe('environment')
    const noisy = router(cwd, ['--upstream', asArgument], { ...env, NOMYO_ROUTER_QUIET: 'false' })
    expect(await says(noisy)).toBe('argument')
    await noisy.logs(/POST/)
  } finally {
    await Promise.all(upstreams.map((one) => one.close()))
  }
})

test.for([
  ['{', /router\.json is not JSON/],
  ['[]', /must hold a JSON object/],
  [{ port: 0, apiKeys: 'sk-secret' }, /a name that is no option.*environment/],
  [{ 'port': 0, 'sk-secret': 1, 'b': 2 }, /2 names that are no option/],
  [{ port: true }, /port must be a text, a number/],
  [{ port: 0, quiet: 'yes' }, /quiet must be true or false/],
  [{ port: 70_000 }, /port must be a number/],
  [{ __proto__x: 1 }, /no option/],
] as const)('%j is no configuration', async ([config, words]) => {
  const command = await runToEnd(['router', '--config', 'router.json'], { cwd: directoryWithConfig(config) })
  await expectFailure(command, 2, words)
  expect(command.output).not.toContain('sk-secret')
})

test('a configuration that is not there, and a variable that says neither yes nor no', async () => {
  const missing = await runToEnd(['router', '--config', 'none.json'], { cwd: directoryWithKey() })
  await expectFailure(missing, 2, /none\.json cannot be read \(ENOENT\)/)
  const env = { NOMYO_ROUTER_QUIET: 'maybe' }
  await expectFailure(await runToEnd(['router'], { cwd: directoryWithKey(), env }), 2, /NOMYO_ROUTER_QUIET/)
})

test('with a certificate it speaks https: only, and the command talks to it', async (context) => {
  skipWithoutOpenssl(context)
  const cwd = directoryWithCertificate()
  const command = router(cwd, ['--port', '0', ...CERTIFICATE])
  const [, port = ''] = await command.prints(/^NOMYO router at https:\/\/localhost:(\d+)\s/m)
  const env = { NODE_EXTRA_CA_CERTS: join(cwd, 'cert.pem'), NOMYO_BASE_URL: `https://localhost:${port}` }
  const chat = await runToEnd(['chat', 'hi'], { cwd, env })
  expect(chat.stdout, chat.output).toContain('embedded responder')
  const unknown = await runToEnd(['chat', 'hi'], { cwd, env: { NOMYO_BASE_URL: env.NOMYO_BASE_URL } })
  await expectFailure(unknown, 1, /certificate.*NODE_EXTRA_CA_CERTS/)
  // Over HTTP/2 there would be no Host header to check.
  expect(await agreedProtocol(Number(port), readFileSync(env.NODE_EXTRA_CA_CERTS))).toBe('http/1.1')
  await expect(ask(Number(port))).rejects.toThrow(/ECONNRESET|socket hang up/)
})

test('what is no certificate with its key, or would be served, is wrong usage', async (context) => {
  skipWithoutOpenssl(context)
  const cwd = directoryWithCertificate()
  mkdirSync(join(cwd, 'page'))
  writeFileSync(join(cwd, 'page', 'tls.key'), '')
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['--tls-cert', 'cert.pem'], /belong together/],
    [['--tls-key', 'key.pem'], /belong together/],
    [['--tls-cert', 'none.pem', '--tls-key', 'key.pem'], /--tls-cert: none\.pem cannot be read/],
    [
      ['--tls-cert', 'cert.pem', '--tls-key', 'router_keys/private_key.pem'],
      /not a certificate and its private key/,
    ],
    [[...CERTIFICATE, '--round-trip'], /--round-trip/],
    [
      ['--tls-cert', 'cert.pem', '--tls-key', 'page/tls.key', '--static', 'page'],
      /would serve the certificate/,
    ],
  ]
  for (const [args, words] of refused) {
    const command = await runToEnd(['router', '--port', '0', ...args], { cwd })
    await expectFailure(command, 2, words)
    expect(command.output).not.toContain('-----BEGIN')
  }
  chmodSync(join(cwd, 'key.pem'), 0o644)
  await router(cwd, ['--port', '0', ...CERTIFICATE]).logs(/^Warning: Others can reach .*chmod 600 key\.pem$/m)
})

const SCHEMES: readonly (readonly [scheme: string, args: readonly string[]])[] = [
  ['http', []],
  ['https', CERTIFICATE],
]

test.for(SCHEMES)(
  'while it stops, over %s, an answer that streams comes to its end, and new connections are refused',
  async ([scheme, args], context) => {
    skipWithoutOpenssl(context)
    await using models = await startModels((response) => {
      response.writeHead(200, EVENTS)
      response.write(event('first'))
    })
    const cwd = directoryWithCertificate()
    const command = router(cwd, ['--port', '0', '--upstream', `${models.url}/v1`, ...args])
    const [, port = ''] = await command.prints(/^NOMYO router at https?:\/\/localhost:(\d+)\s/m)
    const env = {
      NODE_EXTRA_CA_CERTS: join(cwd, 'cert.pem'),
      NOMYO_BASE_URL: `${scheme}://localhost:${port}`,
    }
    const chat = start(['chat', 'hi', '--model', 'any', '--allow-http'], { cwd, env })
    await chat.prints(/first/)
    const ending = command.stop('SIGTERM')
    await expect.poll(() => isRefused(Number(port)), { timeout: 4_000 }).toBe(true)
    models.requests[0]!.response.end(event(' and last') + DONE)
    expect((await chat.ended).code, chat.output).toBe(0)
    expect(chat.stdout).toBe('first and last\n')
    const before = Date.now()
    expect(await ending).toEqual({ code: 0, signal: null })
    expect(Date.now() - before).toBeLessThan(3_000) // not the whole grace
  },
)

/** Whether nothing listens at that port any more. */
function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

/** What a client gets that would rather speak HTTP/2. */
function agreedProtocol(port: number, ca: Buffer): Promise<unknown> {
  const options = { host: '127.0.0.1', servername: 'localhost', port, ca, ALPNProtocols: ['h2', 'http/1.1'] }
  return new Promise((resolve, reject) => {
    const socket = connectSecurely(options, () => {
      resolve(socket.alpnProtocol)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}
