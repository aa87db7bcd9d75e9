/** Opening answers: metadata, hooks, and everything a hostile router can put into an envelope. */
import { type OpenEvent, type SealEvent, SecurityError } from '@nomyo/client'
import { seal } from '@nomyo/core'
import { expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { testKeyPair } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { completion, startTestRouter, type Reply, type TestRequest } from './support/test-router.ts'

const ANSWER = 'marker-answer-91c3'
const PROMPT = 'marker-prompt-2e07'
const API_KEY = 'sk-marker-41f8'

async function failureFor(onMessage: (request: TestRequest) => Reply | Promise<Reply>): Promise<Error> {
  await using router = await startTestRouter({ onMessage })
  const client = await clientOf(router, { maxRetries: 2 })
  const error = await failureOf(() => client.create(ask(PROMPT)))
  expect(router.messages).toHaveLength(1) // a security failure is never repeated
  expectNoSecrets(error, [PROMPT, ANSWER])
  return error
}

test('the answer has the metadata of its exchange, beside what the router put there', async () => {
  await using router = await startTestRouter({
    onMessage: () => ({
      sealed: { ...completion(), _metadata: { response_status: 200 } },
      processedAt: 1_700_000_001,
    }),
  })
  const answer = await (await clientOf(router)).create(ask())
  expect(answer._metadata).toEqual({
    response_status: 200,
    payload_id: router.messages[0]!.headers['x-payload-id'],
    processed_at: 1_700_000_001,
    is_encrypted: true,
    encryption_algorithm: 'hybrid-aes256-rsa4096',
  })
})

test('the hooks see the bytes of the wire and their sizes', async () => {
  await using router = await startTestRouter({ onMessage: () => ({ sealed: completion(ANSWER) }) })
  const sealed: SealEvent[] = []
  const opened: OpenEvent[] = []
  const client = await clientOf(router, {
    onSeal: (event) => void sealed.push(event),
    onOpen: (event) => void opened.push(event),
  })
  await client.create(ask(PROMPT))
  const [request] = router.messages
  expect(Buffer.from(sealed[0]!.envelope).equals(request!.body)).toBe(true)
  expect(sealed[0]).toMatchObject({
    protocol: '1.0',
    payloadID: request!.headers['x-payload-id'],
    serverKey: router.keyPair.publicKey.fingerprint,
    plaintextBytes: Buffer.byteLength(request!.plaintext!),
  })
  expect(opened[0]!.payloadID).toBe(sealed[0]!.payloadID)
  expect(opened[0]!.plaintextBytes).toBe(JSON.stringify(completion(ANSWER)).length)
  expectNoSecrets({ sealed, opened }, [PROMPT, ANSWER])
})

test('a hook or a logger that throws does not break the call', async () => {
  await using router = await startTestRouter()
  const fail = (): never => {
    throw new Error('from the hook')
  }
  const logger = { error: fail, warn: fail, info: fail, debug: fail }
  const client = await clientOf(router, { onSeal: fail, onOpen: fail, logger, logLevel: 'debug' })
  expect((await client.create(ask())).object).toBe('chat.completion')
})

test('a hook or a logger that fails later does not break the process', async () => {
  await using router = await startTestRouter()
  // As TypeScript lets a function that gives a promise pass for one that gives nothing.
  const fail = (): void => Promise.reject(new Error('from the hook, later')) as unknown as void
  const stray: unknown[] = []
  const note = (reason: unknown): void => void stray.push(reason)
  process.on('unhandledRejection', note)
  const warned = recordedLog()
  const client = await clientOf(router, { onSeal: fail, onOpen: fail, logger: warned, logLevel: 'warn' })
  await client.create(ask())
  const logger = { error: fail, warn: fail, info: fail, debug: fail }
  await (await clientOf(router, { logger, logLevel: 'debug' })).create(ask())
  await expect.poll(() => warned.lines.filter((line) => line.includes('A hook threw'))).toHaveLength(2)
  process.off('unhandledRejection', note)
  expect(stray).toEqual([])
})

test('no log line holds prompt, answer or key, at any level', async () => {
  await using router = await startTestRouter({ onMessage: () => ({ sealed: completion(ANSWER) }) })
  const logger = recordedLog()
  const client = await clientOf(router, { logger, logLevel: 'debug', apiKey: 'marker-key-77aa' })
  await client.create(ask(PROMPT))
  expect(logger.lines.length).toBeGreaterThan(0)
  expectNoSecrets(undefined, [PROMPT, ANSWER, 'marker-key-77aa'], logger.lines)
})

test.each<[string, (request: TestRequest) => Reply | Promise<Reply>]>([
  ['a plaintext completion with 200', () => ({ status: 200, body: JSON.stringify(completion(ANSWER)) })],
  ['an empty 200', () => ({ status: 200, body: '' })],
  ['204', () => ({ status: 204 })],
  ['plaintext that is not JSON', () => ({ sealed: `{"content": ${ANSWER}` })],
  ['a byte-order mark', () => ({ sealed: `\ufeff${JSON.stringify(completion(ANSWER))}` })],
  ['NaN', () => ({ sealed: '{"a":NaN}' })],
  ['invalid UTF-8', () => ({ sealed: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d) })],
  ['array root', () => ({ sealed: JSON.stringify([completion(ANSWER)]) })],
  ['string root', () => ({ sealed: JSON.stringify(ANSWER) })],
  ['`__proto__` at depth 0', () => ({ sealed: '{"__proto__":{"polluted":1},"choices":[]}' })],
  [
    '`__proto__` at depth 5',
    () => ({ sealed: '{"a":{"b":{"c":{"d":{"e":{"__proto__":{"polluted":1}}}}}}}' }),
  ],
  ['depth 10^5', () => ({ sealed: `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}` })],
  [
    'the answer to another client’s key',
    async () => ({ sealed: completion(ANSWER), to: (await testKeyPair('other2048')).publicKey }),
  ],
  [
    'an envelope of version 2.0',
    async ({ clientKey }) => {
      const envelope = await seal(new TextEncoder().encode('{}'), clientKey!)
      return {
        status: 200,
        body: Buffer.from(envelope).toString().replace('"version":"1.0"', '"version":"2.0"'),
      }
    },
  ],
])('%s → the one opaque SecurityError', async (_, onMessage) => {
  const error = await failureFor(onMessage)
  expect(error).toBeInstanceOf(SecurityError)
  expect(error).toMatchObject({ code: 'decryption_failed' })
  expect('cause' in error).toBe(false)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test.each([
  ['`_metadata` a string', { _metadata: 'text' }],
  ['`_metadata` a list', { _metadata: [] }],
  [
    '`payload_id` in the metadata that disagrees',
    { _metadata: { payload_id: '0b0e5d0a-0000-4000-8000-000000000000' } },
  ],
])('%s → SecurityError', async (_, extra) => {
  const error = await failureFor(() => ({ sealed: { ...completion(ANSWER), ...extra } }))
  expect(error).toMatchObject({ name: 'SecurityError', code: 'answer_mismatch' })
})

test('`constructor.prototype` in an answer is data, and Object.prototype unchanged', async () => {
  await using router = await startTestRouter({
    onMessage: () => ({ sealed: { ...completion(), constructor: { prototype: { polluted: 1 } } } }),
  })
  const answer = await (await clientOf(router)).create(ask())
  expect(Object.hasOwn(answer, 'constructor')).toBe(true)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test.each([
  [
    'a sealed failure of OpenAI’s form',
    { error: { message: 'out of memory', type: 'server_error' } },
    'out of memory',
  ],
  ['a sealed failure of the router’s form', { detail: 'no such model' }, 'no such model'],
])('%s is an authenticated APIError', async (_, sealed, detail) => {
  await using router = await startTestRouter({ onMessage: () => ({ sealed }) })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect(error).toMatchObject({ name: 'APIError', status: 200, detail, authenticated: true })
})

test('a sealed failure that quotes our API key has it struck out', async () => {
  await using router = await startTestRouter({ onMessage: () => ({ sealed: { detail: `no ${API_KEY}` } }) })
  const client = await clientOf(router, { apiKey: API_KEY })
  const error = await failureOf(() => client.create(ask()))
  expect(error).toMatchObject({ detail: 'no [redacted]' })
  expectNoSecrets(error, [API_KEY])
})

test('a sealed answer that is neither completion nor failure → SecurityError', async () => {
  const error = await failureFor(() => ({ sealed: { hello: ANSWER } }))
  expect(error).toMatchObject({ name: 'SecurityError', code: 'answer_mismatch' })
})

test('an answer over the limit is refused without being read to its end', async () => {
  await using router = await startTestRouter({
    onMessage: () => ({ sealed: completion('x'.repeat(200_000)) }),
  })
  const client = await clientOf(router, { limits: { maxResponseBytes: 100_000 } })
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'response_too_large' })
})
