import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import type { ClientOptions } from '@nomyo/client'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { testKeyPair } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  completion,
  failure,
  startTestRouter,
  type RawReply,
  type Reply,
  type TestRouter,
  type TestRouterOptions,
} from './support/test-router.ts'

const API_KEY = 'sk-marker-5f3a91'
const PROMPT = 'prompt-marker-77c2'
const ANSWER = 'answer-marker-d0e4'
const REFUSED = { name: 'SecurityError', code: 'decryption_failed' }
const TOO_LARGE = { name: 'SecurityError', code: 'response_too_large' }
/** The limit on bodies that these tests mostly use, so that they need not be large. */
const SMALL: ClientOptions = { limits: { maxResponseBytes: 1024 * 1024 } }

/** The failure of one call; it and the log show no marker, and it is not tried again. */
async function failedCall(router: TestRouter, options: ClientOptions = {}): Promise<Error> {
  const logger = recordedLog()
  const client = await clientOf(router, { logger, logLevel: 'debug', maxRetries: 2, ...options })
  const error = await failureOf(() => client.create(ask(PROMPT), { apiKey: API_KEY }))
  expectNoSecrets(error, [API_KEY, PROMPT, ANSWER], logger.lines)
  expect(router.messages.length).toBeLessThanOrEqual(1)
  return error
}

/** Text that never ends. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(64 * 1024, 0x20)
}

describe('gzip and brotli bombs (200 MB of zeros)', () => {
  const zeros = Buffer.alloc(200 * 1000 * 1000)
  const gzip = gzipSync(zeros, { level: 1 })
  const bombs: [string, Buffer][] = [
    ['gzip', gzip],
    ['br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['deflate', deflateSync(zeros, { level: 1 })],
    ['gzip, gzip', gzipSync(gzip)],
  ]
  const bomb = (encoding: string, body: Buffer, status = 200): RawReply => ({
    status,
    headers: { 'content-encoding': encoding },
    body,
  })

  test.each(bombs)('%s: as the answer', async (encoding, body) => {
    await using router = await startTestRouter({ onMessage: () => bomb(encoding, body) })
    expect(await failedCall(router)).toMatchObject(TOO_LARGE)
  })

  test.each(bombs)('%s: as the key', async (encoding, body) => {
    await using router = await startTestRouter({ onKey: () => bomb(encoding, body) })
    expect(await failedCall(router)).toMatchObject({ name: 'SecurityError', code: 'key_refused' })
    expect(router.messages).toEqual([])
  })

  test.each(bombs)('%s: as a failure, which stays what it is', async (encoding, body) => {
    await using router = await startTestRouter({ onMessage: () => bomb(encoding, body, 403) })
    expect(await failedCall(router)).toMatchObject({ name: 'ForbiddenError', status: 403, detail: undefined })
  })

  test('no more of it is unpacked than the limit and a little', async () => {
    await using router = await startTestRouter({ onMessage: () => bomb('gzip', gzip) })
    let unpacked = 0
    const counting: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          unpacked += chunk.length
          controller.enqueue(chunk)
        },
      })
      return new Response(response.body!.pipeThrough(count), response)
    }
    expect(await failedCall(router, { ...SMALL, fetch: counting })).toMatchObject(TOO_LARGE)
    expect(unpacked).toBeGreaterThan(1024 * 1024)
    expect(unpacked).toBeLessThan(2 * 1024 * 1024)
  })

  test('a compressed answer that is none is opened', async () => {
    await using router = await startTestRouter({
      onKey: () => ({
        status: 200,
        headers: { 'content-encoding': 'gzip' },
        body: gzipSync(router.keyPair.publicKey.pem),
      }),
    })
    expect((await (await clientOf(router)).create(ask())).object).toBe('chat.completion')
  })

  test('a compressed answer that is damaged', async () => {
    await using router = await startTestRouter({
      onMessage: () => bomb('gzip', Buffer.from(`no gzip: ${ANSWER}`)),
    })
    const error = await failedCall(router, { maxRetries: 0 })
    expect(error).toMatchObject({ name: 'APIConnectionError' })
  })
})

describe('endless chunked body', () => {
  test.each([
    ['as the answer', { onMessage: () => ({ status: 200, body: endless() }) }, TOO_LARGE],
    ['as the key', { onKey: () => ({ status: 200, body: endless() }) }, { code: 'key_refused' }],
    [
      'as a failure',
      { onMessage: () => ({ status: 401, body: endless() }) },
      { name: 'AuthenticationError', detail: undefined },
    ],
    [
      'as a failure of the key',
      { onKey: () => ({ status: 404, body: endless() }) },
      { name: 'NotFoundError', detail: undefined },
    ],
  ] as [string, TestRouterOptions, object][])(
    '%s: cut off, and its connection closed',
    async (_, options, expected) => {
      await using router = await startTestRouter(options)
      expect(await failedCall(router, SMALL)).toMatchObject(expected)
      expect(await router.requests.at(-1)!.closed).toBe('aborted')
    },
  )

  test('as the answer, with the limits that are the default', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ status: 200, body: endless() }) })
    const error = await failedCall(router)
    expect(error).toMatchObject(TOO_LARGE)
    // 64 MiB of plaintext in base64, and 16 KiB for everything else.
    expect(error.message).toContain(String(Math.ceil((64 * 1024 * 1024) / 3) * 4 + 16 * 1024))
  })

  test('an answer that only claims to be long', async () => {
    await using router = await startTestRouter({
      onMessage: () => (response) => {
        response.writeHead(200, { 'content-length': String(2 ** 40) })
        response.write('{}', () => response.socket?.end())
      },
    })
    expect(await failedCall(router, { maxRetries: 0 })).toMatchObject({ name: 'APIConnectionError' })
  })
})

describe('204', () => {
  test('as the answer', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ status: 204 }) })
    expect(await failedCall(router)).toMatchObject(REFUSED)
  })

  test('as the key', async () => {
    await using router = await startTestRouter({ onKey: () => ({ status: 204 }) })
    expect(await failedCall(router)).toMatchObject({ code: 'key_refused' })
  })
})

describe('a 200 with a plaintext completion → SE', () => {
  test.each(['application/json', 'application/octet-stream', 'text/event-stream', ''])(
    'as %j',
    async (type) => {
      await using router = await startTestRouter({
        onMessage: () => ({
          status: 200,
          headers: type === '' ? {} : { 'content-type': type },
          body: JSON.stringify(completion(ANSWER)),
        }),
      })
      expect(await failedCall(router)).toMatchObject(REFUSED)
    },
  )
})

describe('a 200 that is no envelope: the one opaque error', () => {
  const bodies: [string, string | Uint8Array][] = [
    ['empty', ''],
    ['invalid UTF-8', Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d)],
    ['an array', `["${ANSWER}"]`],
    ['null', 'null'],
    ['a string', `"${ANSWER}"`],
    ['HTML', `<html><body>${ANSWER}</body></html>`],
    ['an envelope’s beginning', `{"version":"1.0","algorithm":"${ANSWER}`],
    ['a failure’s text', `{"detail":"${ANSWER}"}`],
  ]
  test.each(bodies)('%s', async (_, body) => {
    await using router = await startTestRouter({ onMessage: () => ({ status: 200, body }) })
    const error = await failedCall(router)
    expect(error).toMatchObject(REFUSED)
    expect(error.message).toMatch(/^The envelope could not be opened: /)
  })

  test('sealed to another client’s key', async () => {
    const to = (await testKeyPair('other2048')).publicKey
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion(ANSWER), to }) })
    expect(await failedCall(router)).toMatchObject(REFUSED)
  })
})

test('a failure that quotes the API key, with terminal escapes in the middle of it', async () => {
  const quoted = `${API_KEY.slice(0, 6)}\u001b[0m${API_KEY.slice(6)}`
  await using router = await startTestRouter({ onMessage: () => failure(403, `no: ${quoted}`) })
  expect(await failedCall(router)).toMatchObject({ name: 'ForbiddenError', detail: 'no: [redacted]' })
})

describe('the router’s key', () => {
  test.each([
    ['1 MB body', 'A'.repeat(1024 * 1024)],
    ['HTML with 200', '<html><body>Welcome to the network. Please log in.</body></html>'],
    ['an empty body', ''],
    ['JSON', '{"public_key": "x"}'],
  ])('%s → SE, and nothing is sent', async (_, body) => {
    await using router = await startTestRouter({ onKey: () => ({ status: 200, body }) })
    expect(await failedCall(router)).toMatchObject({ name: 'SecurityError', code: 'key_refused' })
    expect(router.messages).toEqual([])
  })

  test('64 KiB and one byte, a good key among them', async () => {
    await using router = await startTestRouter({
      onKey: () => ({ status: 200, body: router.keyPair.publicKey.pem.padEnd(64 * 1024 + 1, '\n') }),
    })
    const error = await failedCall(router)
    expect(error).toMatchObject({ name: 'SecurityError', code: 'key_refused' })
    expect(error.message).toContain('larger than 65536 bytes')
    expect(router.messages).toEqual([])
  })

  test('with white space around it, up to 64 KiB, it is taken', async () => {
    await using router = await startTestRouter({
      onKey: () => ({ status: 200, body: router.keyPair.publicKey.pem.padEnd(64 * 1024, '\n') }),
    })
    expect((await (await clientOf(router)).create(ask())).object).toBe('chat.completion')
  })
})

describe('Plaintext', () => {
  /** A call that is answered with this plaintext, sealed. */
  const answered = (sealed: string | Uint8Array): TestRouterOptions => ({
    onMessage: (): Reply => ({ sealed }),
  })
  const inDepth = (depth: number, inner: string): string => '{"a":'.repeat(depth) + inner + '}'.repeat(depth)

  const refused: [string, string | Uint8Array][] = [
    ['not JSON (nothing quoted)', `${ANSWER} is no JSON`],
    ['nearly JSON', `{"choices": "${ANSWER}",}`],
    ['empty', ''],
    ['BOM', `\ufeff${JSON.stringify(completion(ANSWER))}`],
    ['NaN', `{"secret": "${ANSWER}", "x": NaN}`],
    ['array root', `["${ANSWER}"]`],
    ['string root', `"${ANSWER}"`],
    ['null', 'null'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from(`{"a":"${ANSWER}`), Uint8Array.of(0xc3, 0x28), Buffer.from('"}')]),
    ],
    ['`__proto__` at depth 0', `{"__proto__": {"polluted": "${ANSWER}"}}`],
    ['`__proto__` at depth 5', inDepth(5, `{"__proto__": {"polluted": "${ANSWER}"}}`)],
    ['`__proto__` in escapes', String.raw`{"\u005f\u005fproto__": {"polluted": "${ANSWER}"}}`],
    ['depth 10^5', `${'['.repeat(1e5)}"${ANSWER}"${']'.repeat(1e5)}`],
    ['depth 10^5 in an object', inDepth(1e5, `"${ANSWER}"`)],
  ]
  test.each(refused)('%s', async (_, plaintext) => {
    await using router = await startTestRouter(answered(plaintext))
    const error = await failedCall(router)
    expect(error).toMatchObject(REFUSED)
    expect(error.message).toMatch(/^The envelope could not be opened: /)
    expect('polluted' in {}).toBe(false)
  })

  test.each([0, 5])('`constructor.prototype` at depth %i: `Object.prototype` unchanged', async (depth) => {
    const nested = inDepth(depth, `{"constructor": {"prototype": {"polluted": true}}}`)
    const plaintext = nested.replace('{', '{"choices": [],')
    await using router = await startTestRouter(answered(plaintext))
    await (await clientOf(router)).create(ask())
    expect('polluted' in {}).toBe(false)
  })

  test.each([
    ['`_metadata` a string', { ...completion(ANSWER), _metadata: ANSWER }],
    ['`_metadata` an array', { ...completion(ANSWER), _metadata: [ANSWER] }],
    [
      '`payload_id` in the metadata that disagrees',
      { ...completion(ANSWER), _metadata: { payload_id: '3f6e3c2b-0f49-4a7e-8f7a-0d6f3f0a9b11' } },
    ],
    ['`payload_id` in the metadata that is no text', { ...completion(ANSWER), _metadata: { payload_id: 7 } }],
  ])('%s → SE', async (_, sealed) => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed }) })
    expect(await failedCall(router)).toMatchObject({ name: 'SecurityError', code: 'answer_mismatch' })
  })

  test('the router’s metadata stays, and ours is added', async () => {
    await using router = await startTestRouter({
      onMessage: ({ headers }) => ({
        sealed: {
          ...completion(),
          _metadata: { payload_id: headers['x-payload-id'], response_status: 200, is_encrypted: false },
        },
        processedAt: 1_700_000_123.25,
      }),
    })
    const { _metadata } = await (await clientOf(router)).create(ask())
    expect(_metadata).toEqual({
      payload_id: router.messages[0]!.headers['x-payload-id'],
      processed_at: 1_700_000_123.25,
      response_status: 200,
      is_encrypted: true,
      encryption_algorithm: 'hybrid-aes256-rsa4096',
    })
  })

  test('9 MB of `{}` is refused before it is parsed', async () => {
    const plaintext = `{"choices":[${'{},'.repeat(3_000_000)}{}]}`
    await using router = await startTestRouter(answered(plaintext))
    expect(await failedCall(router)).toMatchObject({ name: 'SecurityError', code: 'decryption_failed' })
  })

  test('one byte over limits.maxResponseBytes', async () => {
    const plaintext = JSON.stringify(completion(ANSWER))
    const size = Buffer.byteLength(plaintext)
    await using router = await startTestRouter(answered(plaintext))
    const client = await clientOf(router, { limits: { maxResponseBytes: size } })
    expect((await client.create(ask())).choices[0]!.message.content).toBe(ANSWER)
    await using other = await startTestRouter(answered(plaintext))
    expect(await failedCall(other, { limits: { maxResponseBytes: size - 1 } })).toMatchObject({
      name: 'SecurityError',
    })
  })
})
