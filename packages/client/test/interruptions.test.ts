import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { AT_ONCE, failedCall, until } from './support/failed-call.ts'
import { clientKeyStore } from './support/keys.ts'
import { PROMPT } from './support/markers.ts'
import {
  failure,
  reset,
  silence,
  stall,
  startTestRouter,
  type Reply,
  type TestRouterOptions,
} from './support/test-router.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
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

/** Until what has happened meanwhile has been dealt with; no timer is needed for it. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('body that stalls after the headers → timeout', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  // How many responses, the key's among them, have arrived when nothing more comes.
  const cases: [string, () => Reply, number][] = [
    ['at once', () => stall(), 2],
    ['after a part', () => stall(500), 2],
    ['no headers either', () => silence(), 1],
    [
      'a byte now and then',
      () => (response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      },
      2,
    ],
    [
      'of a failure',
      () => (response) => {
        response.writeHead(503, { 'content-length': '100' }).flushHeaders()
      },
      2,
    ],
  ]
  test.each(cases)('%s: within the limit, and not repeated', async (_, onMessage, responses) => {
    await using router = await startTestRouter({ onMessage })
    let arrived = 0
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      arrived++
      return response
    }
    const client = await clientOf(router, { fetch, timeout: 250, maxRetries: 2 })
    await client.ready({ timeout: AT_ONCE })
    // The client's time stands still until it is where it shall be, however long the machine takes for that.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let hasFailed = false
    const failed = failedCall(client).finally(() => (hasFailed = true))
    while (arrived < responses || router.messages.length === 0) await nextTurn()
    vi.advanceTimersByTime(249)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    expect(hasFailed).toBe(false)
    vi.advanceTimersByTime(1)
    const error = await failed
    expect(error).toMatchObject({ name: 'APITimeoutError', code: 'timeout' })
    expect(error.message).toContain('250 ms')
    expect(router.messages).toHaveLength(1)
    expect(await router.messages[0]!.closed).toBe('aborted')
  })

  test('under a fetch that does not listen to its signal', async () => {
    await using router = await startTestRouter({ onMessage: () => stall(500) })
    const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, { ...init, signal: null })
    const client = await clientOf(router, { fetch, timeout: 250 })
    // So that what stalls is the answer, however busy the machine is.
    await client.ready({ timeout: AT_ONCE })
    const error = await failedCall(client)
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
