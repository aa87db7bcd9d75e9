/** `nomyo router --round-trip`: one real encrypted call, and what is printed of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { firstModel } from '../src/router/round-trip.ts'
import { runToEnd, skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'
import { closedPort, startUpstream } from './support/upstream.ts'

// The whole command is started for each.
const SLOW = 90_000
const ARGS = ['router', '--port', '0', '--round-trip']

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

async function expectFailure(command: Command, words: RegExp): Promise<void> {
  expect((await command.ended).code, command.output).toBeGreaterThan(0)
  const lines = command.stderr.split('\n').filter((line) => line.startsWith('nomyo: '))
  expect(lines, command.output).toHaveLength(1)
  expect(lines[0]).toMatch(words)
  expect(command.output).not.toMatch(/^\s+at /m)
  expect(command.stdout).not.toContain('Demo page')
}

test('prints the call, what an eavesdropper saw, and the page', { timeout: SLOW }, async () => {
  const cwd = directoryWithKey()
  mkdirSync(join(cwd, 'page'))
  writeFileSync(join(cwd, 'page', 'index.html'), '<!doctype html>')
  const command = start([...ARGS, '--static', 'page'], { cwd })
  const [, url] = await command.prints(/^Demo page: (http:\/\/localhost:\d+\/)$/m)
  expect((await fetch(url!)).status).toBe(200)

  const { stdout } = command
  const words = ['model', 'prompt', 'answer', 'sent', 'received', 'fetch', 'seal', 'open', 'in all']
  for (const word of words) expect(stdout.toLowerCase()).toContain(word)
  expect(stdout.split(await command.fingerprint()).length - 1).toBeGreaterThanOrEqual(2)
  expect(stdout).toMatch(/…[0-9a-f]{64}$/m)
  expect(stdout).toContain('One encrypted call through it:')
  expect(stdout).toContain('protocol 2.0 over http')
  expect(stdout).toMatch(/\d bytes/)
  expect(stdout).toMatch(/\d ms/)
  expect(command.stderr).toMatch(/POST \/v2\/secure\b.*\b200\b/)
  expect(await command.stop()).toEqual({ code: 0, signal: null })
})

test('the first model of the upstream is asked, with its key', { timeout: SLOW }, async () => {
  const upstream = await startUpstream({ models: ['first-model', 'second-model'] })
  try {
    const command = start([...ARGS, '--upstream', upstream.url], {
      cwd: directoryWithKey(),
      env: { NOMYO_UPSTREAM_API_KEY: 'upstream-secret' },
    })
    await command.prints(/Upstream says hello\./)
    await command.prints(/^Router: http:\/\/localhost:\d+\/$/m)
    expect(command.stdout).toContain('first-model')
    expect(upstream.asked).toEqual(['first-model'])
    expect(new Set(upstream.authorizations)).toEqual(new Set(['Bearer upstream-secret']))
    expect(command.output).not.toContain('upstream-secret')
  } finally {
    await upstream.close()
  }
})

test('--model is asked without looking for one', { timeout: SLOW }, async () => {
  const upstream = await startUpstream()
  try {
    const command = start([...ARGS, '--upstream', upstream.url, '--model', 'my-model'], {
      cwd: directoryWithKey(),
    })
    await command.prints(/Upstream says hello\./)
    expect(upstream.asked).toEqual(['my-model'])
  } finally {
    await upstream.close()
  }
})

test('works where API keys are required', { timeout: SLOW }, async () => {
  const env = { NOMYO_ROUTER_API_KEYS: 'first-secret-key,second-secret-key', NOMYO_API_KEY: 'key-of-another' }
  const command = start(ARGS, { cwd: directoryWithKey(), env })
  await command.prints(/^Router: http:\/\/localhost:\d+\/$/m)
  await command.prints(/answer/i)
  expect(command.output).not.toMatch(/secret-key|key-of-another/)
})

test('a signal does not wait for a model that thinks', { timeout: SLOW }, async () => {
  const upstream = await startUpstream({ delay: 60_000 })
  try {
    const command = start([...ARGS, '--upstream', upstream.url, '--model', 'slow'], {
      cwd: directoryWithKey(),
    })
    await expect.poll(() => upstream.asked, { timeout: 30_000 }).toEqual(['slow'])
    const before = Date.now()
    expect(await command.stop()).toEqual({ code: 0, signal: null })
    expect(Date.now() - before).toBeLessThan(10_000)
    expect(command.stderr).not.toMatch(/^nomyo: |^\s+at /m)
  } finally {
    await upstream.close()
  }
})

test('an upstream without models fails', { timeout: SLOW }, async () => {
  const upstream = await startUpstream({ models: [] })
  try {
    const command = await runToEnd([...ARGS, '--upstream', upstream.url], { cwd: directoryWithKey() })
    await expectFailure(command, /model/)
  } finally {
    await upstream.close()
  }
})

test('an upstream that is down fails', { timeout: SLOW }, async () => {
  const url = `http://127.0.0.1:${await closedPort()}/v1`
  const cwd = directoryWithKey()
  await expectFailure(await runToEnd([...ARGS, '--upstream', url], { cwd }), /./)
  await expectFailure(await runToEnd([...ARGS, '--upstream', url, '--model', 'my-model'], { cwd }), /./)
})

test('an upstream that fails fails, and its words are not printed', { timeout: SLOW }, async () => {
  const upstream = await startUpstream({ models: ['first-model'], status: 500 })
  try {
    const command = await runToEnd([...ARGS, '--upstream', upstream.url], { cwd: directoryWithKey() })
    await expectFailure(command, /50\d/)
    expect(command.output).not.toContain('upstream words')
  } finally {
    await upstream.close()
  }
})

test(
  'what the upstream says reaches the terminal clean, the model’s name too',
  { timeout: SLOW },
  async () => {
    const nasty = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202ered\nnew line'
    const upstream = await startUpstream({ content: `content ${nasty}`, fields: { model: `model ${nasty}` } })
    try {
      const command = start([...ARGS, '--upstream', upstream.url, '--model', 'any'], {
        cwd: directoryWithKey(),
      })
      await command.prints(/^Router: /m)
      expect(command.stdout).toMatch(/^ {2}model +model .*red new line$/m)
      expect(command.stdout).toMatch(/^ {2}answer +content .*red new line$/m)
      expect(command.stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u)
    } finally {
      await upstream.close()
    }
  },
)

test.for([
  { choices: [] },
  { choices: null },
  { choices: 'text' },
  { choices: [null] },
  { choices: [{}] },
  { choices: [{ message: 'text' }] },
])('an upstream that answers with %j fails in one line', { timeout: SLOW }, async (fields) => {
  const upstream = await startUpstream({ fields })
  try {
    const args = [...ARGS, '--upstream', upstream.url, '--model', 'any']
    const command = await runToEnd(args, { cwd: directoryWithKey() })
    await expectFailure(command, /without choices|no chat completion/)
    expect(command.stderr).not.toContain('unexpected')
  } finally {
    await upstream.close()
  }
})

test('of a list of models without end at most 1 MB is read', async () => {
  let given = 0
  let cancelled = false
  const chunk = new Uint8Array(64 * 1024).fill(0x20)
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given += chunk.length
      // So that a reader without a limit ends too.
      if (given > 16 * 1024 * 1024) controller.close()
      else controller.enqueue(chunk)
    },
    cancel: () => void (cancelled = true),
  })
  const answer = firstModel({ send: async () => new Response(endless) })
  await expect(answer).rejects.toThrow(/--model/)
  expect(given).toBeLessThan(2 * 1024 * 1024)
  expect(cancelled).toBe(true)
})

test('the first model of a list that comes in pieces', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ data: [{ id: 'größe' }, { id: 'other' }] }))
  const pieces = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  expect(await firstModel({ send: async () => new Response(pieces) })).toBe('größe')
})
