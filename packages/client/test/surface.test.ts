/** What users of OpenAI's client look for, and what ours adds: responses, closing, protection, retries. */
import { createSecureFetch, SecureChatCompletion, type ChatCompletion } from '@nomyo/client'
import { memoryKeyStore } from '@nomyo/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { completion, failure, silence, startTestRouter } from './support/test-router.ts'

const headers = { 'x-request-id': 'req-42' }

describe('responses', () => {
  test('withResponse gives the answer, status, headers and the request id', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('Hi'), headers }) })
    const client = await clientOf(router)
    const { data, response, requestID, request_id } = await client.create(ask()).withResponse()
    expect(data.choices[0]!.message.content).toBe('Hi')
    expect(response.status).toBe(200)
    expect(response.headers.get('x-request-id')).toBe('req-42')
    expect([requestID, request_id]).toEqual(['req-42', 'req-42'])
  })

  test('asResponse gives it unread, in clear', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('Hi'), headers }) })
    const client = await clientOf(router)
    const response = await client.create(ask()).asResponse()
    expect(response).toBeInstanceOf(Response)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(((await response.json()) as ChatCompletion).choices[0]!.message.content).toBe('Hi')
    const events = await client.create({ ...ask(), stream: true }).asResponse()
    expect(await events.text()).toMatch(/^data: \{.*data: \[DONE\]\n\n$/s)
  })

  test('_request_id is where OpenAI’s client has it, unseen by JSON', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('Hi'), headers }) })
    const answer = await (await clientOf(router)).create(ask())
    expect(Reflect.get(answer, '_request_id')).toBe('req-42')
    expect(Object.keys(answer)).not.toContain('_request_id')
    expect(JSON.stringify(answer)).not.toContain('req-42')
  })

  test('a failure reaches each of them', async () => {
    await using router = await startTestRouter({ onMessage: () => failure(401, 'no', headers) })
    const client = await clientOf(router)
    const ways = [
      () => client.create(ask()),
      () => client.create(ask()).withResponse(),
      () => client.create(ask()).asResponse(),
      () => client.create({ ...ask(), stream: true }),
      () => client.create(ask()).finally(() => undefined),
    ]
    for (const way of ways) {
      expect(await failureOf(way)).toMatchObject({ name: 'AuthenticationError', requestID: 'req-42' })
    }
    expect(await client.create(ask()).catch(() => 'caught')).toBe('caught')
  })

  test('one call is sent, however often its promise is looked at', async () => {
    await using router = await startTestRouter()
    const promise = (await clientOf(router)).create(ask())
    const [first, second] = await Promise.all([promise, promise])
    expect(first).toBe(second)
    expect(promise).toBeInstanceOf(Promise)
    expect(router.messages).toHaveLength(1)
  })
})

test('many calls at once leave no warning of too many listeners', async () => {
  const warnings: string[] = []
  const note = (warning: Error): void => void warnings.push(warning.name)
  process.on('warning', note)
  await using router = await startTestRouter({ onMessage: async () => ({ sealed: completion() }) })
  const client = await clientOf(router)
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 30 }, (_, i) => client.create(ask(), i % 2 ? { signal } : {})))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  expect(warnings).toEqual([])
})

describe('close', () => {
  test('aborts what is under way, and refuses what comes after', async () => {
    await using router = await startTestRouter({ onMessage: silence })
    const client = await clientOf(router)
    const pending = failureOf(() => client.create(ask()))
    await expect.poll(() => router.messages.length).toBe(1)
    client.close()
    expect(await pending).toMatchObject({ name: 'APIUserAbortError' })
    expect(await router.messages[0]!.closed).toBe('aborted')
    for (const run of [() => client.create(ask()), () => client.ready(), () => client.serverKey()]) {
      expect(await failureOf(run)).toMatchObject({ name: 'ValidationError', message: /closed/ })
    }
    client.close()
  })

  test('happens at the end of await using', async () => {
    await using router = await startTestRouter()
    let client: SecureChatCompletion
    {
      await using scoped = await clientOf(router)
      client = scoped
      await scoped.create(ask())
    }
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ message: /closed/ })
    expect(Object.keys(client)).toEqual(['chat', 'fetch'])
  })
})

test('ready and serverKey end with their signal', async () => {
  await using router = await startTestRouter({ onKey: silence })
  const client = await clientOf(router)
  for (const wait of [client.ready.bind(client), client.serverKey.bind(client)]) {
    const controller = new AbortController()
    const pending = failureOf(() => wait({ signal: controller.signal }))
    await expect.poll(() => router.keyRequests.length).toBeGreaterThan(0)
    controller.abort()
    expect(await pending).toMatchObject({ name: 'APIUserAbortError' })
  }
})

describe('protection', () => {
  test('of a client that has done nothing', () => {
    const client = new SecureChatCompletion({ baseURL: 'https://router.example', logLevel: 'off' })
    expect(client.protection()).toMatchObject({
      protocol: undefined,
      transport: 'https',
      serverKey: { trust: 'unknown', fingerprint: undefined, isRemembered: false },
      clientKey: { fingerprint: undefined, kept: 'memory', isExportable: undefined },
    })
  })

  test('after first contact', async () => {
    await using router = await startTestRouter()
    const keyStore = Object.assign(await clientKeyStore(), { volatile: false })
    const client = await clientOf(router, { keyStore })
    await client.create(ask())
    const own = (await testKeyPair('client2048')).publicKey.fingerprint
    expect(client.protection()).toMatchObject({
      transport: 'http',
      serverKey: {
        trust: 'first-use',
        fingerprint: router.keyPair.publicKey.fingerprint,
        firstSeen: expect.any(Number),
        isRemembered: true,
      },
      clientKey: { fingerprint: own, kept: 'store', isExportable: false },
    })
    expect(client.protection().notProtected.join()).toContain('replay')
  })

  test('with a pin, and a key from elsewhere', async () => {
    await using router = await startTestRouter()
    const serverKeyPins = [router.keyPair.publicKey.fingerprint]
    const client = await clientOf(router, { serverKeyPins, keyStore: memoryKeyStore() })
    const { PRIVATE_KEYS } = await import('../../core/test/fixtures/keys.ts')
    await client.loadKeys({ pem: PRIVATE_KEYS.rsa2048 })
    await client.ready()
    expect(client.protection()).toMatchObject({
      serverKey: { trust: 'pinned', isRemembered: true },
      clientKey: { kept: 'elsewhere' },
    })
  })
})

describe('x-should-retry', () => {
  test.each([
    [500, 'false', 1],
    [429, 'false', 1],
    [400, 'true', 2],
    [500, undefined, 2],
    [400, undefined, 1],
  ])('%d with %s is sent %d times', async (status, wish, times) => {
    const said: Record<string, string> = wish === undefined ? {} : { 'x-should-retry': wish }
    await using router = await startTestRouter({
      onMessage: () => failure(status, 'no', { ...said, 'retry-after': '0' }),
    })
    await failureOf(async () => (await clientOf(router, { maxRetries: 1 })).create(ask()))
    expect(router.messages).toHaveLength(times)
  })
})

describe('an API key in a page', () => {
  afterEach(() => vi.unstubAllGlobals())

  test.each<[string, string | (() => string), number]>([
    ['as a text is warned of', 'sk-in-a-page', 1],
    ['from a function is not', () => 'sk-for-a-minute', 0],
  ])('%s', (_, apiKey, count) => {
    vi.stubGlobal('document', {}) // a page, as far as the client looks
    for (const make of [
      (log: ReturnType<typeof recordedLog>) =>
        new SecureChatCompletion({ apiKey, logger: log, logLevel: 'warn' }),
      (log: ReturnType<typeof recordedLog>) => createSecureFetch({ apiKey, logger: log, logLevel: 'warn' }),
    ]) {
      const log = recordedLog()
      make(log)
      expect(log.lines.filter((line) => line.includes('apiKey'))).toHaveLength(count)
      expect(log.lines.join()).not.toContain('sk-in-a-page')
    }
  })
})
