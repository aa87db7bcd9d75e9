/** What is left of secrets in the memory of a process, seen from another one. */
import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryKeyStore, SecureChatCompletion } from '@nomyo/client'
import { importPrivateKey, type KeyPair } from '@nomyo/core'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import { openAIBackend } from '@nomyo/router'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { say } from '../../../core/test/say.ts'
import { BIN, skipUnlessBuilt } from '../support/command.ts'
import { emptyDirectory, removeDirectories } from '../support/key-directory.ts'
import { serveRouter } from '../support/stack.ts'
import type { ClientTask } from './client-process.ts'
import { masked } from './mask.ts'
import { marker, privateKeyNeedles, textNeedles, type Needles } from '../../../core/test/needles.ts'
import type { Counts } from './process-memory.ts'
import { buildPrograms, type MemoryPrograms } from './programs.ts'
import { FILLER, startModelsThatSay } from './stage.ts'
import { WatchedProcess } from './watched-process.ts'

const PROTOCOLS = ['1.0', '2.0'] as const
const BYTES = ['prompt, bytes', 'answer, bytes', 'password, bytes', 'private key, bytes']
const STRINGS = ['prompt, strings', 'answer, strings', 'password, strings', 'API key']

// Each search takes up to a second, and there are a dozen for each process.
vi.setConfig({ testTimeout: 240_000 })

let programs: MemoryPrograms
beforeAll(async () => {
  programs = await buildPrograms()
})
afterAll(() => {
  programs.remove()
  removeDirectories()
})
beforeEach(({ skip }) => {
  if (!existsSync('/proc/self/mem')) skip('there is no /proc/PID/mem')
})

/** Fresh ones for each process, so that none is found that another has left. */
function secrets() {
  const texts = { prompt: marker('prompt'), answer: marker('answer'), password: marker('password') }
  const apiKey = `sk-${randomBytes(12).toString('hex')}`
  const controls = { kept: marker('kept'), overwritten: marker('overwritten') }
  const needles: Needles = {
    ...textNeedles('prompt', texts.prompt),
    ...textNeedles('answer', texts.answer),
    ...textNeedles('password', texts.password),
    'API key': [Buffer.from(apiKey), Buffer.from(apiKey, 'utf16le')],
    'control, kept': [Buffer.from(controls.kept)],
    'control, overwritten': [Buffer.from(controls.overwritten)],
  }
  return { ...texts, apiKey, controls, needles }
}

/** A directory in which the store finds that key, under that password. */
async function storeWith(key: KeyObject, password: string): Promise<string> {
  const dir = join(emptyDirectory(), 'client_keys')
  mkdirSync(dir, { mode: 0o700 })
  const pem = await exportPrivateKeyPem(await pairOf(key, true), { password })
  writeFileSync(join(dir, 'private_key.pem'), pem, { mode: 0o600 })
  return dir
}

function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

async function pairOf(key: KeyObject, exportable = false): Promise<KeyPair> {
  return importPrivateKey(key.export({ type: 'pkcs8', format: 'der' }), { exportable })
}

function report(what: string, { working, afterwards }: { working: Counts; afterwards: Counts }): void {
  const rows = Object.keys(afterwards).map((name) => `${name}: ${working[name] ?? 0} → ${afterwards[name]}`)
  say(`${what}: ${rows.join(' · ')}`)
}

/** What must have been found while it worked, or the search would prove nothing. */
function expectFound(working: Counts, names: readonly string[]): void {
  expect(names.filter((name) => !working[name])).toEqual([])
}

function expectGone(afterwards: Counts, names: readonly string[]): void {
  const left = names.filter((name) => afterwards[name] !== 0).map((name) => `${name}: ${afterwards[name]}`)
  expect(left).toEqual([])
}

describe.each(PROTOCOLS)('a client over %s that was closed', (protocol) => {
  test('has left no bytes and no key', async () => {
    const { needles, ...given } = secrets()
    const key = newKey()
    await using models = await startModelsThatSay(given.answer)
    const backend = openAIBackend({ baseURL: models.url })
    await using router = await serveRouter({ keys: await pairOf(newKey()), backend, apiKeys: [given.apiKey] })
    const dir = await storeWith(key, given.password)
    await using client = watchedClient({ ...given, baseURL: router.url, protocol, dir }, needles)
    client.lookFor(privateKeyNeedles(key))
    await client.next(/^ready/)
    expect(await client.step('load')).toMatchObject({ fingerprint: expect.any(String) as string })
    for (let call = 0; call < 3; call++) {
      expect(await client.step('ask')).toBe(given.answer.length + FILLER.length)
      // Over 1.0 a stream is made of the whole answer.
      expect(await client.step('stream')).toBe(given.answer.length + (protocol === '1.0' ? FILLER.length : 0))
    }
    client.search()
    await client.step('close')
    const found = await client.found()
    report(`a client over ${protocol}`, found)
    const keys = ['private key, OpenSSL', ...(protocol === '2.0' ? ['message keys'] : [])]
    expectFound(found.working, [...BYTES, ...keys, ...STRINGS, 'control, kept'])
    expectGone(found.afterwards, [...BYTES, ...keys, 'control, overwritten'])
    expectFound(found.afterwards, ['control, kept'])
  })
})

test('a client that made a key, saved it under a password and was closed has left nothing of it', async () => {
  const { needles, ...given } = secrets()
  const dir = join(emptyDirectory(), 'client_keys')
  await using client = watchedClient(
    { ...given, baseURL: 'http://127.0.0.1:9', protocol: '1.0', dir },
    needles,
  )
  await client.next(/^ready/)
  expect(await client.step('generate')).toMatchObject({ fingerprint: expect.any(String) as string })
  const pem = readFileSync(join(dir, 'private_key.pem'), 'latin1')
  client.lookFor(privateKeyNeedles(createPrivateKey({ key: pem, passphrase: given.password })))
  client.search()
  await client.step('close')
  const found = await client.found()
  report('a client that made a key', found)
  expectFound(found.working, ['private key, OpenSSL', 'password, bytes'])
  expectGone(found.afterwards, ['private key, OpenSSL', 'private key, bytes', 'password, bytes'])
})

function watchedClient(
  given: Omit<ClientTask, 'controls'> & {
    readonly controls: { readonly kept: string; readonly overwritten: string }
  },
  needles: Needles,
): WatchedProcess {
  const { baseURL, protocol, dir, password, apiKey, prompt, controls } = given
  const task: ClientTask = {
    ...{ baseURL, protocol, dir },
    ...{ password: masked(password), apiKey: masked(apiKey), prompt: masked(prompt) },
    controls: [masked(controls.kept), masked(controls.overwritten)],
  }
  return new WatchedProcess([programs.client], needles, { env: { MEMORY_TASK: JSON.stringify(task) } })
}

describe.each(PROTOCOLS)('a router over %s that has answered', (protocol) => {
  beforeEach(skipUnlessBuilt)

  test.each(['the built-in responder', 'a models’ server'])(
    'by %s has left no message key',
    async (backend) => {
      const { needles, ...given } = secrets()
      const key = newKey()
      await using models = await startModelsThatSay(given.answer)
      const isUpstream = backend === 'a models’ server'
      const upstream = isUpstream ? ['--upstream', models.url] : []
      const dir = await storeWith(key, given.password)
      const args = ['router', '--port', '0', '--key-dir', dir, '--password-fd', '4', ...upstream]
      await using router = new WatchedProcess(['--import', programs.hooks, BIN, ...args], needles, {
        given: given.password,
      })
      router.lookFor(privateKeyNeedles(key))
      const [, port] = await router.next(/^NOMYO router at http:\/\/\S+?:(\d+)\/?\s/m)
      const client = new SecureChatCompletion({
        ...{ baseURL: `http://127.0.0.1:${port}`, allowHttp: true, protocol, apiKey: given.apiKey },
        ...{ keyStore: memoryKeyStore(), logLevel: 'off', maxRetries: 0 },
      })
      const messages = [{ role: 'user' as const, content: given.prompt }]
      const call = async (): Promise<void> => void (await client.create({ model: 'test-model', messages }))
      for (let count = 0; count < 3; count++) await router.during(call())
      router.search()
      const found = await router.found()
      report(`a router over ${protocol} with ${backend}`, found)
      // Those of answers are the models' server's, and not looked for with the built-in responder.
      const ours = ['password, bytes', 'private key, bytes', ...(protocol === '2.0' ? ['message keys'] : [])]
      const bytes = isUpstream ? [] : ['prompt, bytes']
      expectFound(found.working, [...ours, 'prompt, bytes', 'private key, OpenSSL', 'API key'])
      expectGone(found.afterwards, [...ours, ...bytes])
    },
  )
})
