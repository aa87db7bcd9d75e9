import { inspect } from 'node:util'
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { clientKeyStore } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  completion,
  failure,
  reset,
  silence,
  stall,
  startTestRouter,
  type Reply,
  type TestRouterOptions,
} from './support/test-router.ts'

const API_KEY = 'sk-marker-5f3a91'
const PROMPT = 'prompt-marker-77c2'
const SECRETS = [API_KEY, PROMPT]
/** ms, far more than anything here takes that is not a hang. */
const AT_ONCE = 5_000

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

/** The failure of one call with markers in it, which shows none of them. */
async function failedCall(client: SecureChatCompletion, signal?: AbortSignal): Promise<Error> {
  const error = await failureOf(() =>
    client.create(ask(PROMPT), { apiKey: API_KEY, ...(signal === undefined ? {} : { signal }) }),
  )
  expectNoSecrets(error, SECRETS)
  return error
}

describe('URL and transport', () => {
  describe('`http:` without allowHttp → SE at construction, no socket', () => {
    test.for(['http://', 'HTTP://', 'hTtP://'])('%s', async (scheme) => {
      await using router = await startTestRouter()
      const fetch = vi.fn<typeof globalThis.fetch>()
      const baseURL = router.url.replace('http://', scheme)
      const error = await failureOf(() => new SecureChatCompletion({ baseURL, fetch }))
      expect(error).toMatchObject({ name: 'SecurityError', code: 'insecure_transport' })
      expect(() => new SecureChatCompletion({ baseURL, allowHttp: false })).toThrow(/allowHttp/)
      expect(router.sockets.opened).toBe(0)
      expect(fetch).not.toHaveBeenCalled()
    })

    test('from the environment', () => {
      vi.stubEnv('NOMYO_BASE_URL', 'http://127.0.0.1:1')
      expect(() => new SecureChatCompletion()).toThrow(/http:/)
    })

    test('with allowHttp it goes on, with one warning', async () => {
      await using router = await startTestRouter()
      const logger = recordedLog()
      const client = await clientOf(router, { logger, logLevel: 'warn' })
      await client.create(ask())
      await client.create(ask())
      expect(logger.lines.filter((line) => line.includes('http:'))).toEqual([
        'warn [nomyo] baseURL is http:, where anybody on the way can replace the router’s key.',
      ])
    })
  })

  test('`HTTPS://` accepted', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>().mockResolvedValue(Response.json({}, { status: 404 }))
    const client = new SecureChatCompletion({ baseURL: 'HTTPS://Router.Example/', fetch, logLevel: 'off' })
    await failureOf(() => client.create(ask()))
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      'https://router.example/pki/capabilities',
      'https://router.example/pki/public_key',
    ])
  })

  describe.each([
    [
      'userinfo → VE, not echoed',
      [
        'https://user-m4rk:pass-m4rk@host-m4rk',
        'https://user-m4rk@host-m4rk',
        'https://:pass-m4rk@host-m4rk',
        'http://user-m4rk:pass-m4rk@host-m4rk',
        'https:user-m4rk:pass-m4rk@host-m4rk',
      ],
    ],
    [
      '`ftp:`, `file:` → VE',
      [
        'ftp://host-m4rk',
        'file:///host-m4rk',
        'file://host-m4rk/x',
        'ws://host-m4rk',
        'javascript:host-m4rk()',
        'data:text/plain,host-m4rk',
        'blob:https://host-m4rk',
      ],
    ],
    [
      'query, fragment → VE',
      [
        'https://host-m4rk?key=m4rk',
        'https://host-m4rk/?',
        'https://host-m4rk/v1?x',
        'https://host-m4rk#m4rk',
        'https://host-m4rk/#',
      ],
    ],
    [
      'no absolute URL → VE',
      [
        '',
        'host-m4rk',
        'host-m4rk:12434',
        '//host-m4rk',
        '/host-m4rk',
        'https://',
        'https:///',
        ' https://host-m4rk',
        'https://host-m4rk\n',
        'https://host-m4rk/a b',
        'https:\\\\host-m4rk',
        'https://host-m4rk\\x',
        'https://host-m4rk\0',
        'https://[host-m4rk',
        'https://host-m4rk:99999',
      ],
    ],
  ])('%s', (_, urls) => {
    test.each(urls)('%j', async (baseURL) => {
      for (const allowHttp of [false, true]) {
        const error = await failureOf(() => new SecureChatCompletion({ baseURL, allowHttp }))
        expect(error).toMatchObject({ name: 'ValidationError', code: 'validation_failed' })
        expectNoSecrets(error, ['m4rk'])
      }
    })
  })

  test('a baseURL that is no text → VE', () => {
    for (const baseURL of [1, null, {}, ['https://x'], new URL('https://x')]) {
      if (baseURL === null) continue // the same as not given
      const options = { baseURL } as unknown as ClientOptions
      expect(() => new SecureChatCompletion(options)).toThrow(/baseURL/)
    }
  })

  test.each([
    ['', ''],
    ['/', ''],
    ['/v1', ''],
    ['/v1/', ''],
    ['/v1//', ''],
    ['/prefix', '/prefix'],
    ['/prefix/', '/prefix'],
    ['/prefix/v1', '/prefix'],
    ['/prefix/v1/', '/prefix'],
    ['/a/../b', '/b'],
    ['/v10', '/v10'],
  ])('a baseURL that ends in %j reaches the prefix %j', async (given, prefix) => {
    await using router = await startTestRouter()
    const client = await clientOf({ url: router.url + given })
    await client.create(ask())
    expect(router.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET ${prefix}/pki/public_key`,
      `POST ${prefix}/v1/chat/secure_completion`,
    ])
  })

  test('NOMYO_BASE_URL is used where no baseURL is given, and read at construction', async () => {
    await using router = await startTestRouter()
    vi.stubEnv('NOMYO_BASE_URL', `${router.url}/from-environment`)
    const client = new SecureChatCompletion({
      allowHttp: true,
      keyStore: await clientKeyStore(),
      logLevel: 'off',
    })
    vi.stubEnv('NOMYO_BASE_URL', 'https://later.example')
    await client.create(ask())
    expect(router.messages[0]!.path).toBe('/from-environment/v1/chat/secure_completion')
  })

  describe('301, 302, 303, 307, 308 on either endpoint → SE, the target is never contacted', () => {
    const redirects = [300, 301, 302, 303, 304, 307, 308].flatMap((status) => [
      [status, 'onKey'] as const,
      [status, 'onMessage'] as const,
    ])
    test.for(redirects)('%i, %s', async ([status, endpoint]) => {
      await using target = await startTestRouter()
      await using router = await startTestRouter({
        [endpoint]: ({ path }: { path: string }): Reply => ({
          status,
          headers: { location: target.url + path },
        }),
      })
      const error = await failedCall(await clientOf(router, { maxRetries: 2 }))
      expect(error).toMatchObject({ name: 'SecurityError', code: 'redirect_refused' })
      expect(target.sockets.opened).toBe(0)
      expect(router.keyRequests).toHaveLength(1)
      expect(router.messages).toHaveLength(endpoint === 'onKey' ? 0 : 1)
    })

    test('to another path of the same router', async () => {
      await using router = await startTestRouter({
        onMessage: () => ({ status: 307, headers: { location: '/elsewhere' } }),
      })
      expect(await failedCall(await clientOf(router))).toMatchObject({ code: 'redirect_refused' })
      expect(router.requests.map(({ path }) => path)).not.toContain('/elsewhere')
    })

    test.each(['onKey', 'onMessage'])(
      'followed by a fetch that was passed in: the answer is refused (%s)',
      async (endpoint) => {
        await using target = await startTestRouter()
        await using router = await startTestRouter({
          [endpoint]: ({ path }: { path: string }): Reply => ({
            status: 303,
            headers: { location: target.url + path },
          }),
        })
        target.reply({ onMessage: () => ({ sealed: completion() }) })
        const fetch: typeof globalThis.fetch = (input, init) =>
          globalThis.fetch(input, { ...init, redirect: 'follow' })
        expect(await failedCall(await clientOf(router, { fetch }))).toMatchObject({
          code: 'redirect_refused',
        })
      },
    )
  })
})

describe('reset in mid-body', () => {
  const cases: [string, TestRouterOptions][] = [
    ['the answer', { onMessage: () => reset(4_000) }],
    ['the answer, before its headers', { onMessage: () => reset() }],
    ['the key', { onKey: () => reset(100) }],
    ['the key, before its headers', { onKey: () => reset() }],
    [
      'the answer, ended cleanly but too early',
      {
        onMessage: () => (response) => {
          response.writeHead(200, { 'content-length': '10000', 'connection': 'close' })
          response.write(Buffer.alloc(4_000), () => response.socket?.end())
        },
      },
    ],
    [
      'a chunked answer without its last chunk',
      {
        onMessage: () => (response) => {
          response.writeHead(200)
          response.write(Buffer.alloc(4_000), () => response.socket?.end())
        },
      },
    ],
  ]
  test.each(cases)('%s', async (_, options) => {
    await using router = await startTestRouter(options)
    const error = await failedCall(await clientOf(router))
    expect(error).toMatchObject({ name: 'APIConnectionError', code: 'connection_failed' })
    expect(error).toHaveProperty('reason', expect.stringMatching(/^(?:UND_ERR_\w+|ECONNRESET)$/))
    expect(error.cause).toBeUndefined()
  })

  test('of a failure: its status stands, without its words', async () => {
    await using router = await startTestRouter({
      onMessage: () => (response) => {
        response.writeHead(401, { 'content-length': '10000' })
        response.write('{"detail"', () => response.socket?.resetAndDestroy())
      },
    })
    const error = await failedCall(await clientOf(router, { maxRetries: 2 }))
    expect(error).toMatchObject({ name: 'AuthenticationError', status: 401, detail: undefined })
    expect(router.messages).toHaveLength(1)
  })

  test('nobody listens there', async () => {
    const router = await startTestRouter()
    const { url } = router
    await router.close()
    const error = await failedCall(await clientOf({ url }))
    expect(error).toMatchObject({ name: 'APIConnectionError', reason: 'ECONNREFUSED' })
    expect(error.message).toContain('Nothing listens at baseURL.')
  })
})

describe('body that stalls after the headers → timeout', () => {
  const cases: [string, () => Reply][] = [
    ['at once', () => stall()],
    ['after a part', () => stall(500)],
    ['no headers either', () => silence()],
    [
      'a byte now and then',
      () => (response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
    [
      'of a failure',
      () => (response) => {
        response.writeHead(503, { 'content-length': '100' }).flushHeaders()
      },
    ],
  ]
  test.each(cases)('%s: within the limit, and not repeated', async (_, onMessage) => {
    await using router = await startTestRouter({ onMessage })
    const client = await clientOf(router, { timeout: 250, maxRetries: 2 })
    await client.ready()
    const start = performance.now()
    const error = await failedCall(client)
    expect(error).toMatchObject({ name: 'APITimeoutError', code: 'timeout' })
    expect(error.message).toContain('250 ms')
    expect(performance.now() - start).toBeGreaterThan(200)
    expect(performance.now() - start).toBeLessThan(AT_ONCE)
    expect(router.messages).toHaveLength(1)
    expect(await router.messages[0]!.closed).toBe('aborted')
  })

  test('under a fetch that does not listen to its signal', async () => {
    await using router = await startTestRouter({ onMessage: () => stall(500) })
    const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, { ...init, signal: null })
    const error = await failedCall(await clientOf(router, { fetch, timeout: 250 }))
    expect(error).toMatchObject({ name: 'APITimeoutError' })
    expect(await router.messages[0]!.closed).toBe('aborted')
  })

  test('the call’s own limit goes before the client’s', async () => {
    await using router = await startTestRouter({ onMessage: () => stall() })
    const client = await clientOf(router)
    const start = performance.now()
    const error = await failureOf(() => client.create(ask(), { timeout: 100 }))
    expect(error).toMatchObject({ name: 'APITimeoutError' })
    expect(performance.now() - start).toBeLessThan(AT_ONCE)
  })

  test('of the key: repeated, because nothing was sent', async () => {
    let asked = 0
    await using router = await startTestRouter({ onKey: () => (asked++ === 0 ? stall(10) : undefined) })
    const client = await clientOf(router, { timeout: 1_000, maxRetries: 1 })
    await client.create(ask())
    expect(router.keyRequests).toHaveLength(2)
    expect(await router.keyRequests[0]!.closed).toBe('aborted')
  })

  test('of the key, for a call in a hurry: the next call does not wait for the same stalled request', async () => {
    let asked = 0
    await using router = await startTestRouter({ onKey: () => (asked++ === 0 ? stall(10) : undefined) })
    const client = await clientOf(router)
    const hurried = await failureOf(() => client.create(ask(), { timeout: 200 }))
    expect(hurried).toMatchObject({ name: 'APITimeoutError' })
    await client.create(ask(), { timeout: AT_ONCE })
    expect(router.messages).toHaveLength(1)
  })

  test('an apiKey function that never answers', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, { apiKey: () => new Promise(() => undefined) })
    const error = await failureOf(() => client.create(ask(), { timeout: 100 }))
    expect(error).toMatchObject({ name: 'APITimeoutError' })
    expect(router.messages).toEqual([])
  })
})

/** Becomes true soon; looked at again and again. */
function until(condition: () => boolean): Promise<boolean> {
  return vi.waitUntil(condition, { interval: 5, timeout: AT_ONCE })
}

describe('abort in mid-read closes the socket', () => {
  const cases: [string, TestRouterOptions, number][] = [
    ['the answer', { onMessage: () => stall(500) }, 2],
    ['a failure', { onMessage: () => (response) => void response.writeHead(401).write('{"detail": "') }, 2],
    ['the key', { onKey: () => stall(100) }, 1],
  ]
  test.each(cases)('%s', async (_, options, responses) => {
    await using router = await startTestRouter(options)
    let arrived = 0
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      arrived++
      return response
    }
    const client = await clientOf(router, { fetch, maxRetries: 2 })
    const controller = new AbortController()
    const failed = failedCall(client, controller.signal)
    await until(() => arrived === responses)
    const start = performance.now()
    controller.abort(new Error(PROMPT))
    expect(await failed).toMatchObject({ name: 'APIUserAbortError', code: 'aborted' })
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(await router.requests.at(-1)!.closed).toBe('aborted')
    await until(() => router.sockets.open === 0)
    expect(router.requests).toHaveLength(responses)
  })

  test('before the headers of the answer', async () => {
    await using router = await startTestRouter({ onMessage: () => silence() })
    const controller = new AbortController()
    const failed = failedCall(await clientOf(router, { maxRetries: 2 }), controller.signal)
    await until(() => router.messages.length === 1)
    controller.abort()
    expect(await failed).toMatchObject({ name: 'APIUserAbortError' })
    expect(await router.messages[0]!.closed).toBe('aborted')
    expect(router.messages).toHaveLength(1)
  })

  test('one of two calls that wait for the key: the other one gets its answer', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await using router = await startTestRouter({ onKey: async () => void (await held) })
    const client = await clientOf(router)
    const controller = new AbortController()
    const failed = failedCall(client, controller.signal)
    const other = client.create(ask())
    await until(() => router.keyRequests.length === 1)
    controller.abort()
    expect(await failed).toMatchObject({ name: 'APIUserAbortError' })
    release()
    expect((await other).object).toBe('chat.completion')
    expect(router.keyRequests).toHaveLength(1)
    expect(router.messages).toHaveLength(1)
  })
})

describe('abort', () => {
  test('before the call: nothing is sent', async () => {
    await using router = await startTestRouter()
    const error = await failedCall(await clientOf(router), AbortSignal.abort(new Error(PROMPT)))
    expect(error).toMatchObject({ name: 'APIUserAbortError', code: 'aborted' })
    expect(router.sockets.opened).toBe(0)
  })

  test('while our own key is being loaded', async () => {
    await using router = await startTestRouter()
    const loading = vi.fn(() => new Promise<never>(() => undefined))
    const keyStore = {
      ...(await clientKeyStore()),
      load: loading,
      save: vi.fn(),
      delete: vi.fn(),
      list: vi.fn(),
    }
    const controller = new AbortController()
    const failed = failedCall(await clientOf(router, { keyStore }), controller.signal)
    await until(() => loading.mock.calls.length === 1)
    controller.abort()
    expect(await failed).toMatchObject({ name: 'APIUserAbortError' })
    expect(router.messages).toEqual([])
  })

  test('while an apiKey function is asked', async () => {
    await using router = await startTestRouter()
    const apiKey = vi.fn(() => new Promise<never>(() => undefined))
    const client = await clientOf(router, { apiKey })
    const controller = new AbortController()
    const failed = failureOf(() => client.create(ask(), { signal: controller.signal }))
    await until(() => apiKey.mock.calls.length === 1)
    controller.abort()
    expect(await failed).toMatchObject({ name: 'APIUserAbortError' })
    expect(router.messages).toEqual([])
  })

  test('while it waits to retry', async () => {
    await using router = await startTestRouter({
      onMessage: () => failure(503, 'busy', { 'retry-after': '50' }),
    })
    const controller = new AbortController()
    const failed = failedCall(await clientOf(router, { maxRetries: 2 }), controller.signal)
    await until(() => router.messages.length === 1)
    expect(await router.messages[0]!.closed).toBe('finished')
    controller.abort()
    expect(await failed).toMatchObject({ name: 'APIUserAbortError' })
    expect(router.messages).toHaveLength(1)
  })

  test('after the answer changes nothing', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const controller = new AbortController()
    await client.create(ask(), { signal: controller.signal })
    controller.abort()
    expect((await client.create(ask())).object).toBe('chat.completion')
    expect(router.sockets.opened).toBe(1)
  })
})

describe('`subtle` undefined → SE at construction', () => {
  test.each([
    ['no crypto.subtle', { getRandomValues: () => undefined }],
    ['no crypto', undefined],
  ])('%s', async (_, crypto) => {
    vi.stubGlobal('crypto', crypto)
    const error = await failureOf(() => new SecureChatCompletion({ apiKey: API_KEY }))
    expect(error).toMatchObject({ name: 'SecurityError', code: 'insecure_context' })
    expectNoSecrets(error, SECRETS)
  })
})

describe('fetch', () => {
  test('one that is passed in is used, and no other', async () => {
    await using router = await startTestRouter()
    const real = globalThis.fetch
    vi.stubGlobal('fetch', () => Promise.reject(new Error('the global one')))
    const urls: unknown[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      urls.push([input, init?.method, init?.redirect])
      return real(input, init)
    }
    await (await clientOf(router, { fetch })).create(ask())
    expect(urls).toEqual([
      [`${router.url}/pki/public_key`, 'GET', 'manual'],
      [`${router.url}/v1/chat/secure_completion`, 'POST', 'manual'],
    ])
  })

  test('the default is looked up late', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const late = vi.fn(globalThis.fetch)
    vi.stubGlobal('fetch', late)
    await client.create(ask())
    expect(late).toHaveBeenCalledTimes(2)
    expect(late.mock.contexts).toEqual([undefined, undefined])
  })

  test.each([
    [
      'an error that quotes the request',
      () =>
        Object.assign(new TypeError(`bad header: Bearer ${API_KEY}`), {
          request: { headers: { authorization: API_KEY } },
          cause: new Error(PROMPT),
        }),
    ],
    ['an error whose code is no code', () => Object.assign(new Error('x'), { code: `Bearer ${API_KEY}` })],
    ['a text', () => API_KEY],
    ['nothing', () => undefined],
    [
      'a cause that is its own',
      () => {
        const error = new Error(API_KEY)
        error.cause = error
        return error
      },
    ],
  ])('one that fails with %s', async (_, thrown) => {
    await using router = await startTestRouter()
    const logger = recordedLog()
    const real = globalThis.fetch
    const fetch: typeof globalThis.fetch = (input, init) =>
      init?.method === 'POST' ? Promise.reject(thrown()) : real(input, init)
    const error = await failedCall(await clientOf(router, { fetch, logger, logLevel: 'debug' }))
    expect(error).toMatchObject({ name: 'APIConnectionError', reason: undefined })
    expectNoSecrets(error, SECRETS, logger.lines)
  })

  test('none of it is shown by a client that is inspected', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, { apiKey: API_KEY, defaultHeaders: { 'x-team': PROMPT } })
    await client.create(ask(PROMPT))
    expectNoSecrets(client, SECRETS)
    expect(inspect(client)).toContain('SecureChatCompletion')
  })
})

describe('connections', () => {
  test('a thousand calls in a row: one request for the key, hardly any connections', async () => {
    await using router = await startTestRouter({ opens: false, onMessage: () => ({ sealed: completion() }) })
    const client = await clientOf(router)
    for (let call = 0; call < 1_000; call++) await client.create(ask())
    expect(router.messages).toHaveLength(1_000)
    expect(router.keyRequests).toHaveLength(1)
    expect(router.sockets.opened).toBeLessThan(4)
  })

  test('failures do not cost a connection either', async () => {
    await using router = await startTestRouter({
      onMessage: () => failure(404, 'x'.repeat(500_000)),
    })
    const client = await clientOf(router)
    for (let call = 0; call < 20; call++) {
      expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'NotFoundError' })
    }
    expect(router.sockets.opened).toBeLessThan(4)
  })

  test('fifty calls at once: one request for the key', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    await Promise.all(Array.from({ length: 50 }, () => client.create(ask())))
    expect(router.messages).toHaveLength(50)
    expect(router.keyRequests).toHaveLength(1)
  })
})

test('the markers are found where they are: a control of this file’s own assertion', () => {
  const hidden = new Error('x', { cause: { deep: [new Map([['key', `Bearer ${API_KEY}`]])] } })
  Object.defineProperty(hidden, Symbol('secret'), { value: PROMPT })
  expect(() => expectNoSecrets(hidden, [API_KEY])).toThrow(/secret 0/)
  expect(() => expectNoSecrets(hidden, [PROMPT])).toThrow(/secret 0/)
  expect(() => expectNoSecrets(new Error(API_KEY), [API_KEY])).toThrow(/message/)
  expect(() => expectNoSecrets(new Error('x'), [API_KEY], [`warn ${API_KEY}`])).toThrow(/log/)
  expectNoSecrets(new Error('x'), SECRETS, ['warn x'])
})
