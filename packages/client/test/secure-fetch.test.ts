/** `createSecureFetch` over 1.0 as SDKs use it: what it carries, what it refuses, and what its failures look like. */
import { createSecureFetch, NomyoError, type SecureFetchOptions } from '@nomyo/client'
import { memoryKeyStore } from '@nomyo/core'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { completion, failure, silence, startTestRouter, type TestRouter } from './support/test-router.ts'

const PROMPT = 'marker-prompt-6c2e'
const API_KEY = 'sk-marker-0b1d'

async function fetchOf(
  router: Pick<TestRouter, 'url'>,
  options: SecureFetchOptions = {},
): Promise<typeof fetch> {
  return createSecureFetch({
    baseURL: router.url,
    allowHttp: true,
    keyStore: await clientKeyStore(),
    protocol: '1.0',
    logLevel: 'off',
    ...options,
  })
}

const post = (body: unknown = ask(PROMPT), more: RequestInit = {}): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
  headers: { 'content-type': 'application/json', ...more.headers },
})

const URL_OF = (router: Pick<TestRouter, 'url'>): string => `${router.url}/v1/chat/completions`

interface FailureBody {
  readonly error: { message: string; type: string; param: unknown; code: string }
}

describe('what it carries', () => {
  test.each<[string, (url: string) => RequestInfo | URL]>([
    ['a string', (url) => url],
    ['a URL', (url) => new URL(url)],
    ['a Request', (url) => new Request(url, post())],
  ])('POST /v1/chat/completions to %s', async (_, target) => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('Hi') }) })
    const response = await (await fetchOf(router))(target(URL_OF(router)), post())
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('content-length')).toBeNull()
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hi' } }] })
    expect(router.messages[0]!.json).toEqual(ask(PROMPT))
    for (const { body, headers } of router.requests) {
      expect(body.includes(PROMPT)).toBe(false)
      expect(JSON.stringify(headers)).not.toContain(PROMPT)
    }
  })

  test('the path without /v1, as of a baseURL without it', async () => {
    await using router = await startTestRouter()
    const response = await (await fetchOf(router))(`${router.url}/chat/completions`, post())
    expect(response.status).toBe(200)
  })

  test('a prefix in baseURL', async () => {
    await using router = await startTestRouter()
    const secureFetch = await fetchOf({ url: `${router.url}/prefix/v1/` })
    expect((await secureFetch(`${router.url}/prefix/v1/chat/completions`, post())).status).toBe(200)
    const other = await secureFetch(URL_OF(router), post())
    expect(other.headers.get('x-nomyo-error')).toBe('cleartext_refused')
  })

  test('Authorization and the tier go beside the envelope, no other header does', async () => {
    await using router = await startTestRouter()
    const headers = {
      'authorization': `Bearer ${API_KEY}`,
      'x-security-tier': 'high',
      'x-stainless-lang': 'js',
      'cookie': 'a=b',
    }
    await (
      await fetchOf(router)
    )(URL_OF(router), post(ask(), { headers }))
    const sent = router.messages[0]!.headers
    expect(sent.authorization).toBe(`Bearer ${API_KEY}`)
    expect(sent['x-security-tier']).toBe('high')
    expect(sent).not.toHaveProperty('x-stainless-lang')
    expect(sent).not.toHaveProperty('cookie')
  })

  test('an apiKey of its own comes first', async () => {
    await using router = await startTestRouter()
    const headers = { authorization: 'Bearer sk-placeholder' }
    await (
      await fetchOf(router, { apiKey: API_KEY })
    )(URL_OF(router), post(ask(), { headers }))
    expect(router.messages[0]!.headers.authorization).toBe(`Bearer ${API_KEY}`)
  })

  test('a stream comes as server-sent events that end with [DONE] and a blank line', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('Hi') }) })
    const body = { ...ask(), stream: true, stream_options: { include_usage: true } }
    const response = await (await fetchOf(router))(URL_OF(router), post(body))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const text = await response.text()
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    const events = text.split('\n\n').slice(0, -2)
    const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, '')) as { object: string })
    expect(chunks.map(({ object }) => object)).toEqual(chunks.map(() => 'chat.completion.chunk'))
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 2 } })
  })

  test('the same body object twice, sealed afresh each time', async () => {
    await using router = await startTestRouter()
    const secureFetch = await fetchOf(router)
    const init = post()
    await secureFetch(URL_OF(router), init)
    await secureFetch(URL_OF(router), init)
    const [first, second] = router.messages
    expect(first!.body.equals(second!.body)).toBe(false)
    expect(first!.json).toEqual(second!.json)
  })

  test('a client has it too, over the same keys', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    await client.create(ask())
    expect((await client.fetch(URL_OF(router), post())).status).toBe(200)
    expect(router.keyRequests).toHaveLength(1)
    const [first, second] = router.messages
    expect(second!.clientKey?.fingerprint).toBe(first!.clientKey?.fingerprint)
  })
})

describe('what it refuses, and never sends in clear', () => {
  test.each<[string, (url: string) => [string, RequestInit]]>([
    ['another origin', () => ['https://elsewhere.example/v1/chat/completions', post()]],
    ['another port', (url) => [url.replace(/:(\d+)\//, ':1/'), post()]],
    ['another scheme', (url) => [url.replace('http:', 'https:'), post()]],
    ['responses', (url) => [url.replace('chat/completions', 'responses'), post()]],
    ['embeddings', (url) => [url.replace('chat/completions', 'embeddings'), post()]],
    ['models', (url) => [url.replace('chat/completions', 'models'), { method: 'GET' }]],
    [
      'uploads',
      (url) => [url.replace('chat/completions', 'files'), { method: 'POST', body: new FormData() }],
    ],
    ['a path that climbs', (url) => [url.replace('/v1', '/v1%2f..'), post()]],
    ['a doubled slash', (url) => [url.replace('/v1', '//v1'), post()]],
    ['a query', (url) => [`${url}?prompt=${PROMPT}`, post()]],
    ['GET', (url) => [url, { method: 'GET' }]],
    ['PUT', (url) => [url, post(ask(PROMPT), { method: 'PUT' })]],
  ])('%s', async (_, request) => {
    await using router = await startTestRouter()
    const [url, init] = request(URL_OF(router))
    const response = await (await fetchOf(router))(url, init)
    expect(response.status).toBe(400)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(response.headers.get('x-nomyo-error')).toBe('cleartext_refused')
    const { error } = (await response.json()) as FailureBody
    expect(error).toMatchObject({ type: 'SecurityError', code: 'cleartext_refused', param: null })
    expect(error.message).not.toContain(PROMPT)
    expect(router.sockets.opened).toBe(0)
  })

  test.each<[string, unknown, string]>([
    ['no JSON', 'hello', 'validation_failed'],
    ['an array', '[]', 'validation_failed'],
    ['no messages', { model: 'm' }, 'validation_failed'],
    ['a __proto__ key', `{"model":"m","messages":[{"role":"user"}],"__proto__":1}`, 'validation_failed'],
    ['11 MB', ask('x'.repeat(11_000_000)), 'payload_too_large'],
  ])('a body that is %s', async (_, body, code) => {
    await using router = await startTestRouter()
    const response = await (await fetchOf(router))(URL_OF(router), post(body))
    expect(response.status).toBe(400)
    expect(response.headers.get('x-nomyo-error')).toBe(code)
    expect(router.messages).toHaveLength(0)
  })

  test('data:, is answered here', async () => {
    await using router = await startTestRouter()
    const response = await (await fetchOf(router))('data:,')
    expect(await response.text()).toBe('')
    expect(router.sockets.opened).toBe(0)
  })
})

describe('failures of security', () => {
  test('a pin mismatch is one 400 that is not to be retried', async () => {
    await using router = await startTestRouter()
    const { fingerprint } = (await testKeyPair('other2048')).publicKey
    const secureFetch = await fetchOf(router, { serverKeyPins: [fingerprint] })
    const response = await secureFetch(URL_OF(router), post())
    expect(response.status).toBe(400)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(response.headers.get('x-nomyo-error')).toBe('server_key_mismatch')
    const { error } = (await response.json()) as FailureBody
    expect(error).toMatchObject({ type: 'ServerKeyMismatchError', code: 'server_key_mismatch' })
    expect(error.message).toContain(fingerprint)
    expect(router.messages).toHaveLength(0)
  })

  test('are thrown if that is asked for', async () => {
    await using router = await startTestRouter()
    const { fingerprint } = (await testKeyPair('other2048')).publicKey
    const secureFetch = await fetchOf(router, { serverKeyPins: [fingerprint], onSecurityError: 'throw' })
    const error = await failureOf(() => secureFetch(URL_OF(router), post()))
    expect(error).toMatchObject({ name: 'ServerKeyMismatchError' })
    expect(NomyoError.isInstance(error)).toBe(true)
    expectNoSecrets(error, [PROMPT])
  })

  test('an answer for another key', async () => {
    const { publicKey } = await testKeyPair('other2048')
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion(), to: publicKey }) })
    const response = await (await fetchOf(router))(URL_OF(router), post())
    expect(response.headers.get('x-nomyo-error')).toBe('decryption_failed')
  })

  test('a key that cannot be read', async () => {
    await using router = await startTestRouter()
    const keyStore = memoryKeyStore()
    keyStore.load = () => Promise.reject(new NomyoError('unreadable', 'damaged'))
    const response = await (await fetchOf(router, { keyStore }))(URL_OF(router), post())
    expect(response.headers.get('x-nomyo-error')).toBe('unreadable')
  })
})

describe('what the router and the network do', () => {
  test('a failure of the router stays that failure, in OpenAI’s form', async () => {
    await using router = await startTestRouter({
      onMessage: () => failure(429, 'slow down', { 'retry-after': '7', 'x-request-id': 'req-1' }),
    })
    const response = await (await fetchOf(router))(URL_OF(router), post())
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('x-request-id')).toBe('req-1')
    expect(response.headers.get('x-nomyo-error')).toBeNull()
    expect(await response.json()).toEqual({
      error: { message: 'slow down', type: null, param: null, code: null },
    })
    expect(router.messages).toHaveLength(1)
  })

  test('a router that is not there is a TypeError, as of any fetch', async () => {
    const router = await startTestRouter()
    const { url } = router
    await router.close()
    const error = await failureOf(async () => (await fetchOf({ url }))(`${url}/v1/chat/completions`, post()))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.cause).toMatchObject({ name: 'APIConnectionError', reason: 'ECONNREFUSED' })
    expectNoSecrets(error, [PROMPT])
  })

  test('a time limit is a TypeError too, never an AbortError', async () => {
    await using router = await startTestRouter({ onMessage: silence })
    const secureFetch = await fetchOf(router, { timeout: 300 })
    const error = await failureOf(() => secureFetch(URL_OF(router), post()))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.cause).toMatchObject({ name: 'APITimeoutError' })
  })

  test('an abort rejects with the signal’s reason', async () => {
    await using router = await startTestRouter({ onMessage: silence })
    const secureFetch = await fetchOf(router)
    const controller = new AbortController()
    const pending = failureOf(() => secureFetch(URL_OF(router), post(ask(), { signal: controller.signal })))
    await expect.poll(() => router.messages.length).toBe(1)
    controller.abort()
    expect(await pending).toMatchObject({ name: 'AbortError' })
    const [message] = router.messages
    expect(await message!.closed).toBe('aborted')
    const early = await failureOf(() =>
      secureFetch(URL_OF(router), post(ask(), { signal: AbortSignal.abort() })),
    )
    expect(early).toMatchObject({ name: 'AbortError' })
  })
})

describe('options', () => {
  test('http: is refused without allowHttp, and a wrong onSecurityError', () => {
    expect(() => createSecureFetch({ baseURL: 'http://router.example' })).toThrow('allowHttp')
    const options = { onSecurityError: 'ignore' } as unknown as SecureFetchOptions
    expect(() => createSecureFetch(options)).toThrow('onSecurityError')
  })

  test('no log line holds a prompt or an API key', async () => {
    const log = recordedLog()
    await using router = await startTestRouter()
    const secureFetch = await fetchOf(router, { logger: log, logLevel: 'debug', apiKey: API_KEY })
    await secureFetch(URL_OF(router), post())
    await secureFetch(`${router.url}/v1/embeddings`, post())
    expect(log.lines.length).toBeGreaterThan(0)
    expectNoSecrets(undefined, [PROMPT, API_KEY], log.lines)
  })
})
