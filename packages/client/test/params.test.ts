import { createContext, runInContext } from 'node:vm'
import { SecureChatCompletion } from '@nomyo/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MARKER, refusedCall, type Params } from './support/call.ts'
import { ask, clientOf, failureOf } from './support/client.ts'
import { startTestRouter, type TestRouter } from './support/test-router.ts'

beforeEach(() => vi.stubEnv('NOMYO_API_KEY', undefined))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('BigInt, cycles, functions → ValidationError', () => {
  const cycle: Record<string, unknown> = { secret: MARKER }
  cycle['self'] = cycle
  const foreign = (code: string): unknown => runInContext(code, createContext({}))
  const values: [string, unknown][] = [
    ['BigInt', 10n],
    ['a cycle', cycle],
    ['a function', () => MARKER],
    ['a class', class {}],
    ['a symbol', Symbol(MARKER)],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a Map', new Map([['secret', MARKER]])],
    ['a Set', new Set([MARKER])],
    ['a WeakMap', new WeakMap()],
    ['a typed array', new Uint8Array([1, 2, 3])],
    ['a Float64Array', new Float64Array(2)],
    ['a Buffer', Buffer.from(MARKER)],
    ['an ArrayBuffer', new ArrayBuffer(4)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['a Blob', new Blob([MARKER])],
    ['a promise', Promise.resolve(MARKER)],
    ['a RegExp', /x/],
    ['an Error', new Error(MARKER)],
    ['Headers', new Headers({ secret: MARKER })],
    ['an AbortSignal', new AbortController().signal],
    ['a Map of another realm', foreign(`new Map([['secret', '${MARKER}']])`)],
    ['a BigInt object', Object(10n)],
    ['an invalid Date', new Date(NaN)],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error(MARKER)
        },
      },
    ],
    ['a toJSON that gives a function', { toJSON: () => () => MARKER }],
    [
      'a getter that throws',
      {
        get secret() {
          throw new Error(MARKER)
        },
      },
    ],
    ['a hole in a list', [1, , 2]],
    ['undefined in a list', [MARKER, undefined]],
    ['a __proto__ key', JSON.parse(`{"__proto__": {"secret": "${MARKER}"}}`)],
  ]
  test.each(values)('%s', async (_, value) => {
    await refusedCall({}, {}, { ...ask(MARKER), extra: value })
    await refusedCall({}, {}, { ...ask(MARKER), metadata: { deep: [{ [MARKER]: value }] } })
    await refusedCall(
      {},
      {},
      {
        model: 'm',
        messages: [
          { role: 'user', content: value },
          { role: 'user', content: MARKER },
        ],
      },
    )
  })

  test('nesting of 129 levels, and of 100,000', async () => {
    for (const levels of [129, 100_000]) {
      let nested: unknown = MARKER
      for (let level = 0; level < levels; level++) nested = [nested]
      await refusedCall({}, {}, { ...ask(), nested })
    }
  })

  test.each([
    ['undefined', undefined],
    ['a text', MARKER],
    ['a list', [MARKER]],
    ['a request without messages', { model: MARKER }],
  ])('a whole request whose toJSON gives %s', async (_, json) => {
    await refusedCall({}, {}, { ...ask(MARKER), toJSON: () => json })
  })

  test('what JSON can carry passes as it is', async () => {
    const given = {
      'temperature': 0.1,
      'seed': -0,
      'stop': null,
      'absent': undefined,
      'date': new Date(0),
      'boxed': [Object('text'), Object(1), Object(true)],
      'instance': new (class {
        readonly x = 1
      })(),
      'bare': Object.assign(Object.create(null) as object, { y: 2 }),
      'foreign': foreign('({ z: [3] })'),
      'text': 'Grüße, 世界, 🔐, \u2028, \0, "\\',
      'lone surrogate': '\ud800',
      'ключ': 'значение',
      '__proto': 'x',
      'constructor': 'y',
    }
    await using router = await startTestRouter()
    await (await clientOf(router)).create({ ...ask(), ...given })
    const { plaintext, json } = router.messages[0]!
    expect(plaintext).toBe(JSON.stringify({ ...ask(), ...given }))
    expect(json).toMatchObject({
      ключ: 'значение',
      text: given.text,
      foreign: { z: [3] },
      instance: { x: 1 },
    })
  })
})

describe('empty payload, array → ValidationError', () => {
  test.each([
    ['null', null],
    ['an empty object', {}],
    ['an array', [ask(MARKER)]],
    ['a text', JSON.stringify(ask(MARKER))],
    ['missing model', { messages: ask(MARKER).messages }],
    ['empty model', { ...ask(MARKER), model: '' }],
    ['a model that is no text', { ...ask(MARKER), model: [MARKER] }],
    ['missing messages', { model: MARKER }],
    ['empty messages', { model: MARKER, messages: [] }],
    ['messages that are a text', { model: 'm', messages: MARKER }],
    ['messages that are an object', { model: 'm', messages: { 0: ask(MARKER).messages[0] } }],
    ['a message that is a text', { model: 'm', messages: [MARKER] }],
    ['a message that is null', { model: 'm', messages: [null] }],
    ['a message that is an array', { model: 'm', messages: [[MARKER]] }],
    ['a message without a role', { model: 'm', messages: [{ content: MARKER }] }],
    ['a hole in messages', { model: 'm', messages: [, { role: 'user', content: MARKER }] }],
    ['stream that is no boolean', { ...ask(MARKER), stream: 'yes' }],
  ])('%s', async (_, params) => {
    await refusedCall({}, {}, params)
  })
})

test('no parameters at all → ValidationError', async () => {
  const client = new SecureChatCompletion({ logLevel: 'off' })
  const create = client.create.bind(client) as unknown as () => Promise<unknown>
  expect(await failureOf(create)).toMatchObject({ name: 'ValidationError' })
})

describe('10 MiB passes, one byte more → PayloadTooLargeError before encryption', () => {
  const LIMIT = 10 * 1024 * 1024
  /** A request of exactly that many bytes of JSON. */
  function requestOf(size: number, filler = 'x'): Params {
    const overhead = new TextEncoder().encode(JSON.stringify(ask(''))).length
    const width = new TextEncoder().encode(filler).length
    const count = Math.floor((size - overhead) / width)
    return ask(filler.repeat(count) + 'x'.repeat(size - overhead - count * width))
  }

  test.each([
    ['one-byte characters', 'x'],
    ['characters of three bytes', '世'],
  ])('%s', async (_, filler) => {
    await using router = await startTestRouter()
    const seals = vi.fn()
    const client = await clientOf(router, { onSeal: seals })
    await client.create(requestOf(LIMIT, filler))
    expect(router.messages[0]!.plaintext && Buffer.byteLength(router.messages[0]!.plaintext)).toBe(LIMIT)
    const error = await failureOf(() => client.create(requestOf(LIMIT + 1, filler)))
    expect(error).toMatchObject({
      name: 'PayloadTooLargeError',
      code: 'payload_too_large',
      size: LIMIT + 1,
      limit: LIMIT,
    })
    expect(error.message.length).toBeLessThan(200)
    expect(seals).toHaveBeenCalledTimes(1)
    expect(router.messages).toHaveLength(1)
  })

  test('too large as the first call: not even the key is asked for', async () => {
    for (const filler of ['x', '世']) {
      const error = await refusedCallTooLarge(requestOf(LIMIT + 1, filler))
      expect(error).toMatchObject({ size: LIMIT + 1 })
    }
  })

  test('limits.maxRequestBytes is another limit', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, { limits: { maxRequestBytes: 100 } })
    await client.create(requestOf(100))
    expect(await failureOf(() => client.create(requestOf(101)))).toMatchObject({ size: 101, limit: 100 })
    expect(router.messages).toHaveLength(1)
  })

  async function refusedCallTooLarge(params: Params): Promise<Error> {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const error = await failureOf(() => client.create(params))
    expect(error).toMatchObject({ name: 'PayloadTooLargeError' })
    expect(router.sockets.opened).toBe(0)
    return error
  }
})

describe('apiKey, tier, baseURL never in the plaintext', () => {
  test('given as options, they stay outside', async () => {
    await using router: TestRouter = await startTestRouter()
    const client = await clientOf(router, {
      apiKey: MARKER,
      securityTier: 'maximum',
      defaultHeaders: { 'x-m': MARKER },
    })
    await client.create(ask(), { apiKey: `${MARKER}-2`, securityTier: 'high', headers: { 'x-n': MARKER } })
    const { plaintext, json, headers } = router.messages[0]!
    expect(Object.keys(json!)).toEqual(['model', 'messages'])
    expect(plaintext).not.toMatch(new RegExp(`${MARKER}|high|maximum|127\\.0\\.0\\.1`))
    expect(headers).toMatchObject({ 'authorization': `Bearer ${MARKER}-2`, 'x-security-tier': 'high' })
  })

  test.each(['apiKey', 'api_key', 'securityTier', 'security_tier', 'baseURL', 'base_url'])(
    '%s among the parameters → ValidationError',
    async (name) => {
      const error = await refusedCall({}, {}, { ...ask(), [name]: MARKER })
      expect(error.message).toContain(
        { api_key: 'apiKey', security_tier: 'securityTier', base_url: 'baseURL' }[name] ?? name,
      )
    },
  )
})
