import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { failedCall } from './support/failed-call.ts'
import { API_KEY, MARKERS, PROMPT } from './support/markers.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { completion, failure, startTestRouter } from './support/test-router.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
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
    expectNoSecrets(error, MARKERS, logger.lines)
  })

  test('none of it is shown by a client that is inspected', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, { apiKey: API_KEY, defaultHeaders: { 'x-team': PROMPT } })
    await client.create(ask(PROMPT))
    expectNoSecrets(client, MARKERS)
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
