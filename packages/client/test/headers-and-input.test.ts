import { createContext, runInContext } from 'node:vm'
import { SecureChatCompletion, type CallOptions, type ClientOptions } from '@nomyo/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { failure, reset, startTestRouter, type TestRequest, type TestRouter } from './support/test-router.ts'

type Params = Parameters<SecureChatCompletion['create']>[0]

const MARKER = 'm4rk-c0ffee'
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

beforeEach(() => vi.stubEnv('NOMYO_API_KEY', undefined))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

/** What one call with these options sent. */
async function sent(options: ClientOptions = {}, callOptions: CallOptions = {}): Promise<TestRequest> {
  await using router = await startTestRouter()
  await (await clientOf(router, options)).create(ask(), callOptions)
  return router.messages[0]!
}

/** The ValidationError of a call that sends nothing at all and quotes nothing. */
async function refusedCall(
  options: ClientOptions,
  callOptions: CallOptions = {},
  params: unknown = ask(MARKER),
): Promise<Error> {
  await using router = await startTestRouter()
  const logger = recordedLog()
  const error = await failureOf(async () => {
    const client = await clientOf(router, { logger, logLevel: 'debug', ...options })
    return client.create(params as Params, callOptions)
  })
  expect(error).toMatchObject({ name: 'ValidationError' })
  expectNoSecrets(error, [MARKER], logger.lines)
  expect(router.sockets.opened).toBe(0)
  return error
}

describe('the headers of a request', () => {
  test('are those of the protocol, and no others of ours', async () => {
    const { method, path, headers } = await sent()
    expect(`${method} ${path}`).toBe('POST /v1/chat/secure_completion')
    expect(headers['content-type']).toBe('application/octet-stream')
    const byTheRuntime = [
      'host',
      'connection',
      'content-length',
      'accept',
      'accept-encoding',
      'accept-language',
      'sec-fetch-mode',
      'user-agent',
    ]
    expect(
      Object.keys(headers)
        .filter((name) => !byTheRuntime.includes(name))
        .sort(),
    ).toEqual(['content-type', 'x-payload-id', 'x-public-key'])
  })

  test('X-Payload-ID is a UUID v4, fresh for each attempt, and so is the envelope', async () => {
    let attempts = 0
    await using router = await startTestRouter({
      onMessage: () => (++attempts % 3 === 0 ? undefined : failure(503, 'busy', { 'retry-after': '0' })),
    })
    const client = await clientOf(router, { maxRetries: 2 })
    const answers = [await client.create(ask()), await client.create(ask())]
    const ids = router.messages.map(({ headers }) => headers['x-payload-id'])
    expect(ids).toHaveLength(6)
    for (const id of ids) expect(id).toMatch(UUID_V4)
    expect(new Set(ids).size).toBe(6)
    expect(new Set(router.messages.map(({ body }) => body.toString())).size).toBe(6)
    expect(new Set(router.messages.map(({ plaintext }) => plaintext)).size).toBe(1)
    expect(answers.map(({ _metadata }) => _metadata.payload_id)).toEqual([ids[2], ids[5]])
  })

  test('X-Payload-ID is fresh after a broken connection too', async () => {
    let attempts = 0
    await using router = await startTestRouter({ onMessage: () => (attempts++ === 0 ? reset() : undefined) })
    await (await clientOf(router, { maxRetries: 1 })).create(ask())
    expect(new Set(router.messages.map(({ headers }) => headers['x-payload-id'])).size).toBe(2)
  })

  test('X-Public-Key is percent-encoded as Python’s urllib.parse.quote does it', async () => {
    const { headers } = await sent({ keyStore: await clientKeyStore('client4096') })
    const { pem } = (await testKeyPair('client4096')).publicKey
    expect(headers['x-public-key']).toBe(quote(pem))
    // Each `+` of the key takes two characters more.
    expect(headers['x-public-key']).toHaveLength(840 + 2 * (pem.split('+').length - 1))
    expect(headers['x-public-key']).toContain('/')
    expect(headers['x-public-key']).toMatch(
      /^-----BEGIN%20PUBLIC%20KEY-----%0A[\w/%.~-]+-----END%20PUBLIC%20KEY-----%0A$/,
    )
  })

  test('Authorization only if there is a key', async () => {
    expect((await sent()).headers).not.toHaveProperty('authorization')
    expect((await sent({ apiKey: MARKER })).headers['authorization']).toBe(`Bearer ${MARKER}`)
  })

  test('an empty Authorization is none', async () => {
    expect((await sent({}, { headers: { Authorization: '' } })).headers).not.toHaveProperty('authorization')
    expect((await sent({ defaultHeaders: { authorization: ' ' } })).headers).not.toHaveProperty(
      'authorization',
    )
  })

  test('X-Security-Tier only if given', async () => {
    expect((await sent()).headers).not.toHaveProperty('x-security-tier')
    for (const securityTier of ['standard', 'high', 'maximum'] as const) {
      expect((await sent({ securityTier })).headers['x-security-tier']).toBe(securityTier)
    }
    const both = await sent({ securityTier: 'standard' }, { securityTier: 'maximum' })
    expect(both.headers['x-security-tier']).toBe('maximum')
  })

  test('more of them: the call’s go before the client’s, whatever their case', async () => {
    const options = { defaultHeaders: { 'X-Team': 'one', 'X-Kept': ' kept ' } }
    const { headers } = await sent(options, { headers: { 'x-team': 'two' } })
    expect(headers).toMatchObject({ 'x-team': 'two', 'x-kept': 'kept' })
  })

  test('the request for the router’s key carries no Authorization, tier or key', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, {
      apiKey: MARKER,
      securityTier: 'high',
      defaultHeaders: { 'Authorization': `Bearer ${MARKER}`, 'X-Team': 'one' },
    })
    await client.create(ask(), { headers: { authorization: `Bearer ${MARKER}` } })
    const { headers, body } = router.keyRequests[0]!
    expect(headers['x-team']).toBe('one')
    expect(JSON.stringify(headers)).not.toContain(MARKER)
    expect(Object.keys(headers).filter((name) => /^x-(?!team)|authorization/.test(name))).toEqual([])
    expect(body).toHaveLength(0)
  })
})

/** `urllib.parse.quote(text)` for ASCII text: letters, digits and `_.-~/` stay. */
function quote(text: string): string {
  return [...text]
    .map((char) =>
      /[A-Za-z0-9_.\-~/]/.test(char)
        ? char
        : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}

describe('key precedence: the call, the client, the Authorization header, NOMYO_API_KEY', () => {
  const all = { call: 'k-call', client: 'k-client', header: 'Bearer k-header', environment: 'k-env' }
  test.each([
    ['Bearer k-call', all],
    ['Bearer k-client', { ...all, call: undefined }],
    ['Bearer k-header', { ...all, call: undefined, client: undefined }],
    ['Bearer k-env', { environment: 'k-env' }],
    ['Bearer k-call', { call: 'k-call', environment: 'k-env' }],
    [undefined, {}],
    [undefined, { environment: '' }],
  ] as [string | undefined, Partial<typeof all>][])('%s of %j', async (expected, given) => {
    vi.stubEnv('NOMYO_API_KEY', given.environment)
    const { headers } = await sent(given.client === undefined ? {} : { apiKey: given.client }, {
      ...(given.call === undefined ? {} : { apiKey: given.call }),
      ...(given.header === undefined ? {} : { headers: { Authorization: given.header } }),
    })
    expect(headers['authorization']).toBe(expected)
  })

  test('the call’s Authorization header goes before the client’s', async () => {
    const { headers } = await sent(
      { defaultHeaders: { authorization: 'Bearer default' } },
      { headers: { Authorization: 'Basic call' } },
    )
    expect(headers['authorization']).toBe('Basic call')
  })

  test('NOMYO_API_KEY is read at each call', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    for (const key of ['first', 'second']) {
      vi.stubEnv('NOMYO_API_KEY', key)
      await client.create(ask())
    }
    expect(router.messages.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer first',
      'Bearer second',
    ])
  })

  test('a function is asked once for each attempt', async () => {
    let asked = 0
    await using router = await startTestRouter({
      onMessage: ({ headers }) =>
        headers['authorization'] === 'Bearer key-2' ? undefined : failure(500, 'x', { 'retry-after': '0' }),
    })
    const client = await clientOf(router, { maxRetries: 1, apiKey: async () => `key-${++asked}` })
    await client.create(ask())
    expect(router.messages.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer key-1',
      'Bearer key-2',
    ])
    expect(asked).toBe(2)
  })

  test('a function that fails: its own error, once, and nothing is sent', async () => {
    await using router = await startTestRouter()
    const broken = new RangeError('the vault is locked')
    const apiKey = vi.fn(() => Promise.reject(broken))
    const client = await clientOf(router, { apiKey, maxRetries: 2 })
    expect(await failureOf(() => client.create(ask()))).toBe(broken)
    expect(apiKey).toHaveBeenCalledTimes(1)
    expect(router.sockets.opened).toBe(0)
  })
})

describe('CRLF, NUL, non-Latin-1 in API key and payload id', () => {
  const bad = {
    'CRLF': `${MARKER}\r\nX-Injected: 1`,
    'a line feed at the end': `${MARKER}\n`,
    'NUL': `${MARKER}\0`,
    'non-Latin-1': `${MARKER}ключ`,
    'Latin-1': `${MARKER}é`,
    'a space': `${MARKER} x`,
    'a tab': `${MARKER}\t`,
    'DEL': `${MARKER}\x7f`,
    'an emoji': `${MARKER}🔑`,
  }
  describe.each(Object.entries(bad))('%s', (_, key) => {
    test('by the option', () => refusedCall({ apiKey: key }))
    test('by the call', () => refusedCall({}, { apiKey: key }))
    test('by a function', () => refusedCall({ apiKey: () => key }))
    test('by a function that takes its time', () => refusedCall({}, { apiKey: async () => key }))
  })

  const withoutNul = Object.entries(bad).filter(([, key]) => !key.includes('\0'))
  test.each(withoutNul)('%s, by NOMYO_API_KEY', async (_, key) => {
    vi.stubEnv('NOMYO_API_KEY', key)
    await refusedCall({})
  })

  const withoutSpace = Object.entries(bad).filter(([, key]) => key !== bad['a space'])
  test.each(withoutSpace)('%s, by an Authorization header', async (_, key) => {
    await refusedCall({}, { headers: { Authorization: `Bearer ${key}` } })
    await refusedCall({ defaultHeaders: { Authorization: `Bearer ${key}` } })
  })

  test.each([[''], [1], [null], [{ key: MARKER }], [[MARKER]]])('a key that is %j', async (key) => {
    await refusedCall({ apiKey: key as string })
    await refusedCall({}, { apiKey: key as string })
    await refusedCall({ apiKey: () => key as string })
  })

  test('a function that gives undefined', () => refusedCall({ apiKey: () => undefined as unknown as string }))

  test.each([
    'X-Payload-ID',
    'x-payload-id',
    'X-Public-Key',
    'X-Security-Tier',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Host',
    'Connection',
    'Expect',
    'Upgrade',
    'TE',
    'Trailer',
    'Keep-Alive',
    'Accept-Encoding',
  ])('the header %s is the SDK’s own', async (name) => {
    const headers = { [name]: MARKER }
    expect((await refusedCall({}, { headers })).message).toContain(name)
    expect((await refusedCall({ defaultHeaders: headers })).message).toContain(name)
  })
})

describe('header names and values', () => {
  test.each([
    '',
    ' ',
    `${MARKER} x`,
    `${MARKER}:`,
    `${MARKER}\r\nx`,
    `${MARKER}\0`,
    `${MARKER}é`,
    `(${MARKER})`,
    `"${MARKER}"`,
  ])('the name %j → VE', async (name) => {
    await refusedCall({ defaultHeaders: { [name]: 'x' } })
    await refusedCall({}, { headers: { [name]: 'x' } })
  })

  test.each([
    `${MARKER}\r\nX-Injected: 1`,
    `${MARKER}\n`,
    `${MARKER}\0`,
    `${MARKER}é`,
    `${MARKER}ж`,
    `${MARKER}\x7f`,
    `${MARKER}\t`,
    1,
    null,
    [MARKER],
    { MARKER },
    undefined,
  ])('the value %j → VE', async (value) => {
    const headers = { 'x-team': value as string }
    expect((await refusedCall({ defaultHeaders: headers })).message).toContain('x-team')
    await refusedCall({}, { headers })
  })

  test.each([
    ['a Headers object', new Headers({ 'x-team': MARKER })],
    ['a Map', new Map([['x-team', MARKER]])],
    ['a list of pairs', [['x-team', MARKER]]],
    ['a text', MARKER],
    ['a number', 7],
    ['null', null],
  ])('%s in place of a plain object is refused, not dropped', async (_, headers) => {
    const given = headers as unknown as Record<string, string>
    await refusedCall({ defaultHeaders: given })
    await refusedCall({}, { headers: given })
  })
})

describe('bad tier → VE', () => {
  test.each([
    `${MARKER}`,
    'HIGH',
    'high ',
    '',
    'high\r\nX-Injected: 1',
    'ж',
    1,
    null,
    true,
    ['high'],
    { tier: 'high' },
  ])('%j', async (tier) => {
    const securityTier = tier as 'high'
    expect((await refusedCall({ securityTier })).message).toContain('standard, high, maximum')
    await refusedCall({}, { securityTier })
  })
})

describe('other options that cannot be used', () => {
  test.each([
    ['timeout', [0, -1, NaN, Infinity, 2 ** 31, '1000', null, 10n, {}]],
    ['maxRetries', [-1, 0.5, NaN, Infinity, '2', null, 2n]],
  ])('%s → VE', async (name, values) => {
    for (const value of values) {
      await refusedCall({ [name]: value })
      await refusedCall({}, { [name]: value })
    }
  })

  test.each([[null], ['abort'], [{}], [new AbortController()]])(
    'a signal that is none → VE',
    async (signal) => {
      await refusedCall({}, { signal: signal as unknown as AbortSignal })
    },
  )

  test.each([
    ['fetch', 'x'],
    ['allowHttp', 'yes'],
    ['allowHttp', 1],
    ['onSeal', {}],
    ['onOpen', 1],
    ['logLevel', MARKER],
    ['limits', { maxRequestBytes: 0 }],
    ['limits', { maxResponseBytes: -1 }],
    ['limits', { maxRequestBytes: 1.5 }],
    ['serverKeyPins', []],
    ['serverKeyPins', [MARKER]],
    ['serverKeyPins', MARKER],
  ])('%s: %j → VE', async (name, value) => {
    await refusedCall({ [name]: value })
  })

  test.each([[null], ['https://x'], [7]])('options that are %j → TypeError', async (options) => {
    const error = await failureOf(() => new SecureChatCompletion(options as ClientOptions))
    expect(error).toBeInstanceOf(TypeError)
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const again = await failureOf(() => client.create(ask(), options as CallOptions))
    expect(again).toBeInstanceOf(TypeError)
    expect(router.sockets.opened).toBe(0)
  })
})

describe('BigInt, cycles, functions → VE', () => {
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

describe('empty payload, array → VE', () => {
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

test('no parameters at all → VE', async () => {
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
    '%s among the parameters → VE',
    async (name) => {
      const error = await refusedCall({}, {}, { ...ask(), [name]: MARKER })
      expect(error.message).toContain(
        { api_key: 'apiKey', security_tier: 'securityTier', base_url: 'baseURL' }[name] ?? name,
      )
    },
  )
})

describe('names of the Python client are answered with ours', () => {
  const names = {
    base_url: 'baseURL',
    allow_http: 'allowHttp',
    api_key: 'apiKey',
    security_tier: 'securityTier',
    max_retries: 'maxRetries',
    key_dir: 'pemKeyStore',
    secure_memory: 'SECURITY.md',
    save_to_file: 'pemKeyStore',
    private_key_path: 'pemKeyStore',
  }
  test.each(Object.entries(names))('%s → %s', async (name, ours) => {
    const options = { [name]: MARKER }
    const error = await failureOf(() => new SecureChatCompletion(options))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(ours)
    expectNoSecrets(error, [MARKER])
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const again = await failureOf(() => client.create(ask(), options))
    expect(again).toBeInstanceOf(TypeError)
    expect(again.message).toContain(ours)
    expectNoSecrets(again, [MARKER])
    expect(router.sockets.opened).toBe(0)
  })

  test.each([
    ['saveToFile', [{ saveToFile: true }]],
    ['save_to_file', [{ save_to_file: true }]],
    ['a path', ['client_keys']],
    ['two paths', ['private.pem', 'public.pem']],
  ])('generateKeys and loadKeys with %s → TypeError that names the store', async (_, args) => {
    const client = new SecureChatCompletion({ logLevel: 'off' })
    for (const method of ['generateKeys', 'loadKeys'] as const) {
      const run = client[method].bind(client) as unknown as (...args: unknown[]) => Promise<void>
      const error = await failureOf(() => run(...args))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain('pemKeyStore')
    }
  })

  test('a path in place of a store → TypeError', () => {
    const options = { keyStore: 'client_keys' } as unknown as ClientOptions
    expect(() => new SecureChatCompletion(options)).toThrow(TypeError)
  })
})
