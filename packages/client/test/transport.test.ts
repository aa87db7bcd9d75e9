import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { failedCall } from './support/failed-call.ts'
import { clientKeyStore } from './support/keys.ts'
import { API_KEY, MARKERS, PROMPT } from './support/markers.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { completion, startTestRouter, type Reply } from './support/test-router.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

describe('URL and transport', () => {
  describe('`http:` without allowHttp → SecurityError at construction, no socket', () => {
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

describe('`subtle` undefined → SecurityError at construction', () => {
  test.each([
    ['no crypto.subtle', { getRandomValues: () => undefined }],
    ['no crypto', undefined],
  ])('%s', async (_, crypto) => {
    vi.stubGlobal('crypto', crypto)
    const error = await failureOf(() => new SecureChatCompletion({ apiKey: API_KEY }))
    expect(error).toMatchObject({ name: 'SecurityError', code: 'insecure_context' })
  })
})

test('the markers are found where they are: a control of this file’s own assertion', () => {
  const hidden = new Error('x', { cause: { deep: [new Map([['key', `Bearer ${API_KEY}`]])] } })
  Object.defineProperty(hidden, Symbol('secret'), { value: PROMPT })
  expect(() => expectNoSecrets(hidden, [API_KEY])).toThrow(/secret 0/)
  expect(() => expectNoSecrets(hidden, [PROMPT])).toThrow(/secret 0/)
  expect(() => expectNoSecrets(new Error(API_KEY), [API_KEY])).toThrow(/message/)
  expect(() => expectNoSecrets(new Error('x'), [API_KEY], [`warn ${API_KEY}`])).toThrow(/log/)
  expectNoSecrets(new Error('x'), MARKERS, ['warn x'])
})
