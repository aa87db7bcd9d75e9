/** What the router’s failures become, and which are repeated. */
import { NomyoError } from '@nomyo/client'
import { expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  completion,
  failure,
  reset,
  startTestRouter,
  type RawReply,
  type Reply,
} from './support/test-router.ts'

const API_KEY = 'marker-key-0b5e'
const AT_ONCE = { 'retry-after': '0' }

/** The reply to the first request, and so on; the last one is repeated. */
function inTurn(...replies: Reply[]): () => Reply {
  let turn = 0
  return () => replies[Math.min(turn++, replies.length - 1)]
}

test.each([
  [400, 'InvalidRequestError', 'invalid_request', 1],
  [401, 'AuthenticationError', 'unauthorized', 1],
  [403, 'ForbiddenError', 'forbidden', 1],
  [404, 'NotFoundError', 'http_not_found', 1],
  [408, 'APIError', 'api_error', 3],
  [409, 'APIError', 'api_error', 1],
  [413, 'APIError', 'api_error', 1],
  [422, 'APIError', 'api_error', 1],
  [429, 'RateLimitError', 'rate_limited', 3],
  [500, 'ServerError', 'server_error', 3],
  [501, 'ServerError', 'server_error', 1],
  [502, 'ServerError', 'server_error', 3],
  [503, 'ServiceUnavailableError', 'service_unavailable', 3],
  [504, 'ServerError', 'server_error', 3],
])('%i → %s (%s), asked %i time(s)', async (status, name, code, times) => {
  const headers = { ...AT_ONCE, 'x-request-id': 'req-42' }
  await using router = await startTestRouter({ onMessage: () => failure(status, 'because', headers) })
  const client = await clientOf(router, { maxRetries: 2 })
  const error = await failureOf(() => client.create(ask()))
  expect(error).toMatchObject({
    name,
    code,
    status,
    detail: 'because',
    requestID: 'req-42',
    authenticated: false,
  })
  expect(error.message).toContain(String(status))
  expect(NomyoError.isInstance(error)).toBe(true)
  expect(router.messages).toHaveLength(times)
})

test('a 404 in clear asks to check the address, since it may come from any server', async () => {
  await using router = await startTestRouter({ onKey: () => failure(404, 'No such page') })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect(error.message).toBe('The router answered 404: No such page. Check baseURL and model.')
})

test('every attempt is sealed afresh, with a fresh payload id', async () => {
  await using router = await startTestRouter({ onMessage: inTurn(failure(503, 'busy', AT_ONCE), undefined) })
  const client = await clientOf(router, { maxRetries: 2 })
  const answer = await client.create(ask())
  const [first, second] = router.messages
  expect(first!.body.equals(second!.body)).toBe(false)
  expect(first!.headers['x-payload-id']).not.toBe(second!.headers['x-payload-id'])
  expect(answer._metadata.payload_id).toBe(second!.headers['x-payload-id'])
  expect(first!.plaintext).toBe(second!.plaintext)
})

test('a connection that is reset is repeated, and then answered', async () => {
  await using router = await startTestRouter({ onMessage: inTurn(reset(), undefined) })
  const client = await clientOf(router, { maxRetries: 1 })
  expect((await client.create(ask())).object).toBe('chat.completion')
})

test('maxRetries: 0 asks once', async () => {
  await using router = await startTestRouter({ onMessage: () => failure(503, 'busy', AT_ONCE) })
  expect((await failureOf(async () => (await clientOf(router)).create(ask(), { maxRetries: 0 }))).name).toBe(
    'ServiceUnavailableError',
  )
  expect(router.messages).toHaveLength(1)
})

test('503 with `Retry-After: 1800` given up at once', async () => {
  await using router = await startTestRouter({
    onMessage: () => failure(503, 'cooling', { 'retry-after': '1800' }),
  })
  const client = await clientOf(router, { maxRetries: 2 })
  const error = await failureOf(() => client.create(ask()))
  expect(error).toMatchObject({ name: 'ServiceUnavailableError', retryAfter: 1800 })
  expect(error.message).toContain('1800 s')
  expect(router.messages).toHaveLength(1)
})

test('Retry-After as a date is understood', async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString()
  await using router = await startTestRouter({
    onMessage: () => failure(429, 'slow down', { 'retry-after': date }),
  })
  const error = await failureOf(async () => (await clientOf(router, { maxRetries: 2 })).create(ask()))
  const { retryAfter } = error as unknown as { retryAfter: number }
  expect(retryAfter).toBeGreaterThan(3500)
  expect(retryAfter).toBeLessThanOrEqual(3600)
})

test('an abort ends the wait before a retry at once', async () => {
  await using router = await startTestRouter({
    onMessage: () => failure(503, 'busy', { 'retry-after': '50' }),
  })
  const controller = new AbortController()
  const logger = recordedLog()
  const client = await clientOf(router, { maxRetries: 2, logger, logLevel: 'info' })
  const failed = failureOf(() => client.create(ask(), { signal: controller.signal }))
  await expect.poll(() => logger.lines.some((line) => line.includes('next one starts'))).toBe(true)
  controller.abort(new Error('a reason of the caller’s own'))
  expect(await failed).toMatchObject({ name: 'APIUserAbortError', code: 'aborted' })
  expect(router.messages).toHaveLength(1)
})

const html: RawReply = { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }
const text = (body: string): RawReply => ({
  status: 400,
  headers: { 'content-type': 'application/json' },
  body,
})

test.each<[string, RawReply, string | undefined]>([
  ['HTML body', html, undefined],
  ['empty body', { status: 500, body: '' }, undefined],
  ['JSON that is cut', text('{"detail": "hal'), undefined],
  ['an array at the root', text('["no"]'), undefined],
  [
    '`detail` a list',
    failure(422, [{ loc: ['body', 'model'], msg: 'field required', input: 'secret-input' }]),
    'body.model: field required',
  ],
  [
    '`detail` a list with a place that makes no text',
    failure(422, [{ loc: ['body', { toString: 1 }, [{ valueOf: 1 }]], msg: 'field required' }]),
    'body: field required',
  ],
  ['`detail` an object', failure(400, { message: 'model is gone', input: 'secret-input' }), 'model is gone'],
  ['`detail` a number', failure(400, 7), undefined],
  ['`detail` null', failure(400, null), undefined],
  ['ANSI escapes', failure(400, '\u001b[31mred\u001b[0m\r\nline\u0000two\u202e'), 'red line two'],
  ['lone surrogate', text('{"detail":"a\\ud800b"}'), 'a b'],
])('a failure with %s', async (_, reply, detail) => {
  await using router = await startTestRouter({ onMessage: () => reply })
  const error = await failureOf(async () => (await clientOf(router, { apiKey: API_KEY })).create(ask()))
  expect(error).toMatchObject({ status: reply.status, detail })
  expectNoSecrets(error, [API_KEY, 'secret-input'])
})

test('`detail` of 1 MB is cut to 512 clean characters', async () => {
  await using router = await startTestRouter({ onMessage: () => failure(400, 'x'.repeat(1_000_000)) })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect((error as unknown as { detail: string }).detail).toBe('x'.repeat(512))
})

test('a failure whose body stalls keeps its status', async () => {
  await using router = await startTestRouter({
    onMessage: () => (response) => {
      response.writeHead(401, { 'content-length': '1000' })
      response.write('{')
    },
  })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect(error).toMatchObject({ name: 'AuthenticationError', detail: undefined })
  expect(await router.messages[0]!.closed).toBe('aborted')
})

test('an OpenAI-style error keeps its type, param and code, beside ours', async () => {
  const body = {
    error: {
      message: 'no such model',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    },
  }
  await using router = await startTestRouter({ onMessage: () => text(JSON.stringify(body)) })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect(error).toMatchObject({
    code: 'invalid_request',
    detail: 'no such model',
    type: 'invalid_request_error',
    param: 'model',
    apiCode: 'model_not_found',
  })
})

test('an API key that the router sends back is struck out', async () => {
  const headers = { 'x-request-id': API_KEY, 'x-echo': `Bearer ${API_KEY}`, 'set-cookie': 'session=1' }
  await using router = await startTestRouter({
    onMessage: () => failure(401, `wrong key: ${API_KEY}`, headers),
  })
  const logger = recordedLog()
  const client = await clientOf(router, { apiKey: API_KEY, logger, logLevel: 'debug' })
  const error = await failureOf(() => client.create(ask()))
  expect(error).toMatchObject({ detail: 'wrong key: [redacted]' })
  expectNoSecrets(error, [API_KEY, 'session=1'], logger.lines)
})

test('an answer that is sealed is an answer, whatever its fields', async () => {
  await using router = await startTestRouter({
    onMessage: () => ({ sealed: { ...completion(), usage: null, service_tier: 'x' } }),
  })
  expect(await (await clientOf(router)).create(ask())).toMatchObject({ usage: null, service_tier: 'x' })
})
