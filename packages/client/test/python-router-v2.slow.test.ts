/** Our client and a router of protocol 2.0 in another language. */
import { createHash } from 'node:crypto'
import {
  createSecureFetch,
  type ChatCompletion,
  type ClientOptions,
  type OpenEvent,
  type SecureChatCompletion,
} from '@nomyo/client'
import { memoryKeyStore, type KeyStore, type TrustStore } from '@nomyo/core'
import { describe, expect, test, type TestContext } from 'vitest'
import { findPython, NO_PYTHON } from '../../core/test/python.ts'
import { say } from '../../core/test/say.ts'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  startPythonRouterV2,
  type PythonRouterV2,
  type PythonRouterV2Options,
} from './support/python-router.ts'

const python = findPython()
const FOREIGN = 'Grüße aus Zürich, 世界, שלום, 🔐👩‍👩‍👧, \u2028 "quoted" \\ and \0'
const BIG = 9 * 1024 * 1024
/** With its header and its tag, a frame of 1024 bytes. */
const FRAME_BYTES = 4 + 1024 + 16

async function start(
  context: TestContext,
  options: Partial<PythonRouterV2Options> = {},
): Promise<PythonRouterV2> {
  return startPythonRouterV2(python ?? context.skip(NO_PYTHON), { keyBits: 2048, ...options })
}

const clientFor = (router: PythonRouterV2, options: ClientOptions = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: 'auto', ...options })

/** What the router says of the request that reached it. */
interface Report {
  readonly sha256: string
  readonly echo: string | null
  readonly tier: string | null
  readonly pad?: string
}

const reportOf = (answer: ChatCompletion): Report =>
  JSON.parse(answer.choices[0]!.message.content ?? '') as Report
const sha256 = (params: object): string => createHash('sha256').update(JSON.stringify(params)).digest('hex')
const fingerprintIn = async (client: SecureChatCompletion): Promise<string> =>
  (await client.serverKey()).fingerprint

/** A store that outlives a client, as a file would. */
const lasting = (): KeyStore & TrustStore =>
  Object.defineProperty(memoryKeyStore(), 'volatile', { value: false })

describe.each([2048, 3072, 4096] as const)('a whole answer, %i bits', (keyBits) => {
  test('comes over 2.0, to the byte, with nothing generated', async (context) => {
    await using router = await start(context, { keyBits, apiKey: 'sk-right' })
    const keyStore = memoryKeyStore()
    const client = await clientFor(router, { keyStore, apiKey: 'sk-right' })
    const params = { ...ask(FOREIGN), temperature: 0.25, user: 'ö' }
    const answer = await client.create(params, { securityTier: 'high' })
    expect(reportOf(answer)).toMatchObject({ sha256: sha256(params), echo: FOREIGN, tier: 'high' })
    expect(client.protection()).toMatchObject({ protocol: '2.0' })
    expect(await keyStore.list()).toEqual([])

    const wrong = await failureOf(() => client.create(ask(FOREIGN), { apiKey: 'sk-wrong-m4rk' }))
    expect(wrong).toMatchObject({ name: 'AuthenticationError', status: 401, authenticated: false })
    expectNoSecrets(wrong, ['sk-wrong-m4rk', 'sk-right', 'Grüße'])
    const sealed = await failureOf(() => client.create({ ...ask(), peer_answer_bytes: -1 }))
    expect(sealed).toMatchObject({ name: 'InvalidRequestError', status: 400, authenticated: true })
  })
})

test('9 MB of request and of answer', async (context) => {
  await using router = await start(context)
  const params = { ...ask('é'.repeat(BIG / 2)), peer_answer_bytes: BIG }
  const report = reportOf(await (await clientFor(router)).create(params))
  expect(report.sha256).toBe(sha256(params))
  expect(report.pad).toBe('x'.repeat(BIG))
})

test('the same router over 1.0, where that is asked for', async (context) => {
  await using router = await start(context)
  const client = await clientFor(router, { protocol: '1.0' })
  expect(reportOf(await client.create(ask(FOREIGN))).echo).toBe(FOREIGN)
  expect(client.protection()).toMatchObject({ protocol: '1.0' })
})

describe('a stream', () => {
  test('comes chunk by chunk: none is made before the one before it has arrived', async (context) => {
    await using router = await start(context)
    let event: OpenEvent | undefined
    const client = await clientFor(router, { onOpen: (opened) => (event = opened) })
    const params = { ...ask(FOREIGN), stream: true as const, peer_step: true }
    let text = ''
    let steps = 0
    for await (const chunk of await client.create(params)) {
      text += chunk.choices[0]?.delta.content ?? ''
      // The router waits for this before it makes the next one; a client that waited for the end would hang.
      if ((chunk.choices[0]?.finish_reason ?? null) === null) {
        await router.tell('step')
        steps++
      }
    }
    expect(JSON.parse(text)).toMatchObject({ sha256: sha256(params), echo: FOREIGN })
    expect(steps).toBeGreaterThan(4)
    const sizes = frameSizes(event!.envelope)
    expect(new Set(sizes)).toEqual(new Set([FRAME_BYTES]))
    expect(sizes.length).toBeGreaterThan(steps)
    say(`2.0: ${steps + 1} chunks from the Python router, each asked for after the one before had arrived`)
  })

  test('that the router breaks off, sealed or not, is no answer', async (context) => {
    await using router = await start(context)
    const client = await clientFor(router)
    const outcomeOf = async (peer_stop: string): Promise<[chunks: number, error: Error]> => {
      let chunks = 0
      const error = await failureOf(async () => {
        const stream = await client.create({ ...ask(FOREIGN), stream: true as const, peer_stop })
        for await (const _ of stream) chunks++
      })
      return [chunks, error]
    }
    const [before, error] = await outcomeOf('error')
    expect(error).toMatchObject({ status: 502, apiCode: 'backend_failed', authenticated: true })
    const [chunks, cut] = await outcomeOf('cut')
    expect(cut.name).toBe('StreamTruncatedError')
    expect([before, chunks]).toEqual([2, 2])
  })
})

test('createSecureFetch carries embeddings and models', async (context) => {
  await using router = await start(context)
  const secureFetch = createSecureFetch({ baseURL: router.url, allowHttp: true, logLevel: 'off' })
  const post = async (body: object): Promise<{ data: { embedding: unknown }[] }> => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ model: 'test-embedding', ...body }) }
    const response = await secureFetch(`${router.url}/v1/embeddings`, init)
    return (await response.json()) as { data: { embedding: unknown }[] }
  }
  const { data } = await post({ input: ['a', FOREIGN] })
  const digest = createHash('sha256').update(FOREIGN).digest()
  const numbers = Array.from(digest.subarray(0, 8), (byte) => (byte - 128) / 128)
  expect(data.map(({ embedding }) => (embedding as number[]).length)).toEqual([8, 8])
  expect(data[1]!.embedding).toEqual(numbers)
  const packed = await post({ input: FOREIGN, encoding_format: 'base64' })
  const floats = Buffer.from(packed.data[0]!.embedding as string, 'base64')
  expect(numbers.map((_, i) => floats.readFloatLE(4 * i))).toEqual(numbers)

  const list = await (await secureFetch(`${router.url}/v1/models?limit=2`)).json()
  expect(list).toMatchObject({ object: 'list', data: [{ id: 'test-model' }, { id: 'test-embedding' }] })
  const one = await secureFetch(`${router.url}/v1/models/test-model`)
  expect([one.status, await one.json()]).toMatchObject([200, { id: 'test-model' }])
  const none = await secureFetch(`${router.url}/v1/models/none`)
  expect([none.status, await none.json()]).toMatchObject([
    404,
    { error: { message: 'there is no such model' } },
  ])
})

test('a router that has spoken 2.0 and offers 1.0 alone is a DowngradeError', async (context) => {
  await using router = await start(context)
  const keyStore = lasting()
  const client = await clientFor(router, { keyStore })
  await client.create(ask())
  await router.tell('offer 1.0')
  await client.create(ask()) // the document that it has still counts; the answer tells of another one
  expect((await failureOf(() => client.create(ask()))).name).toBe('DowngradeError')
  const another = await clientFor(router, { keyStore })
  expect((await failureOf(() => another.create(ask()))).name).toBe('DowngradeError')
  const stranger = await clientFor(router)
  expect(reportOf(await stranger.create(ask(FOREIGN))).echo).toBe(FOREIGN)
  expect(stranger.protection().protocol).toBe('1.0')
})

describe.each([3_600, -3_600])('a clock that is %i s off', (clockOffset) => {
  test('is set by the sealed refusal, once', async (context) => {
    await using router = await start(context, { clockOffset })
    const logger = recordedLog()
    const client = await clientFor(router, { logger, logLevel: 'warn' })
    expect(reportOf(await client.create(ask(FOREIGN))).echo).toBe(FOREIGN)
    await client.create(ask())
    expect(logger.lines.filter((line) => line.includes('clock'))).toEqual([
      expect.stringContaining(`${clockOffset} s`),
    ])
  })
})

describe('keys', () => {
  test('422: the successor that the old key has vouched for is taken', async (context) => {
    await using router = await start(context)
    const client = await clientFor(router)
    await client.create(ask())
    const before = await fingerprintIn(client)
    await router.tell('announce 2048')
    await client.create(ask()) // names the new document
    await client.create(ask()) // and under this one it is vouched for
    await router.tell('retire 0')
    expect(reportOf(await client.create(ask(FOREIGN))).echo).toBe(FOREIGN)
    expect(await fingerprintIn(client)).not.toBe(before)
  })

  test('422: a key that nobody has vouched for is a ServerKeyMismatchError', async (context) => {
    await using router = await start(context)
    const client = await clientFor(router)
    await client.create(ask())
    await router.tell('replace 2048')
    await router.tell('retire 1')
    expect((await failureOf(() => client.create(ask()))).name).toBe('ServerKeyMismatchError')
  })
})

/** Bytes of each frame behind the head. */
function frameSizes(response: Uint8Array): number[] {
  const sizes: number[] = []
  const view = new DataView(response.buffer, response.byteOffset)
  for (let at = 68; at < response.length; at += sizes.at(-1)!) {
    sizes.push(4 + (view.getUint32(at) & 0x7fffffff))
  }
  return sizes
}
