/** `createSecureFetch` over 2.0: every path that the router takes, and nothing in clear. */
import { createSecureFetch, type SecureFetchOptions } from '@nomyo/client'
import { describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { DONE, event, EVENTS } from './support/events.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  plain,
  startSealedRouter,
  type ArrivedRequest,
  type SealedReply,
  type SealedRouter,
} from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const SECRET = 'sk-marker-secret-6c1d'

const fetchOf = (router: SealedRouter, options: SecureFetchOptions = {}): typeof fetch =>
  createSecureFetch({ baseURL: router.url, allowHttp: true, logLevel: 'off', ...options })

const bodyOf = (request: ArrivedRequest): string => new TextDecoder().decode(request.inner?.body)
const answering = (reply: SealedReply): Promise<SealedRouter> => startSealedRouter({ onSealed: () => reply })

describe('what it carries', () => {
  test.each([
    ['/v1/embeddings', '/v1/embeddings'],
    ['/v1/responses', '/v1/responses'],
    ['/embeddings', '/v1/embeddings'],
  ])('POST %s, byte for byte, and the answer with its status and headers', async (path, inner) => {
    const headers = { 'content-type': 'application/json', 'x-ratelimit-limit-requests': '7' }
    await using router = await answering({ headers, body: '{"data":[ 1,2]}' })
    const response = await fetchOf(router)(router.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'openai-beta': 'x', 'authorization': 'Bearer k' },
      body: '{"input": "text" }',
    })
    expect(await response.text()).toBe('{"data":[ 1,2]}')
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('7')
    const [request] = router.sealed
    expect(request!.inner).toMatchObject({ method: 'POST', path: inner })
    expect(request!.inner!.headers).toEqual({ 'content-type': 'application/json', 'openai-beta': 'x' })
    expect(bodyOf(request!)).toBe('{"input": "text" }')
    expect(request!.headers.authorization).toBe('Bearer k')
    expect(request!.headers).not.toHaveProperty('openai-beta')
  })

  test('GET with a query', async () => {
    await using router = await answering({ body: '{"data":[]}' })
    const response = await fetchOf(router)(`${router.url}/v1/models?limit=2`)
    expect(await response.json()).toEqual({ data: [] })
    expect(router.sealed[0]!.inner).toMatchObject({ method: 'GET', path: '/v1/models?limit=2' })
  })

  test('uploads as FormData', async () => {
    await using router = await answering({ body: '{"text":"heard"}' })
    const form = new FormData()
    form.set('model', 'whisper')
    form.set('file', new File([Uint8Array.of(0, 1, 255)], 'a.wav', { type: 'audio/wav' }))
    await fetchOf(router)(`${router.url}/v1/audio/transcriptions`, { method: 'POST', body: form })
    const { inner } = router.sealed[0]!
    const arrived = await new Response(inner!.body, { headers: inner!.headers }).formData()
    expect(arrived.get('model')).toBe('whisper')
    expect(new Uint8Array(await (arrived.get('file') as File).arrayBuffer())).toEqual(
      Uint8Array.of(0, 1, 255),
    )
  })

  test('uploads as FormData where the engine sends a form with files but does not let its bytes be read', async () => {
    const unreadable = new DOMException('Unable to read form data blob', 'InvalidStateError')
    const read = vi.spyOn(Request.prototype, 'arrayBuffer').mockRejectedValue(unreadable)
    await using router = await answering({ body: '{"text":"heard"}' })
    const url = `${router.url}/v1/audio/transcriptions`
    const form = new FormData()
    form.set('file', new File([Uint8Array.of(0, 1, 255)], 'a.wav', { type: 'audio/wav' }))
    await fetchOf(router)(url, { method: 'POST', body: form })
    const { inner } = router.sealed[0]!
    const arrived = await new Response(inner!.body, { headers: inner!.headers }).formData()
    const file = arrived.get('file') as File
    expect([file.name, new Uint8Array(await file.arrayBuffer())]).toEqual(['a.wav', Uint8Array.of(0, 1, 255)])
    // Of anything else the engine's word stands.
    expect(await failureOf(() => fetchOf(router)(url, { method: 'POST', body: 'x' }))).toBe(unreadable)
    expect(router.sealed).toHaveLength(1)
    read.mockRestore()
  })

  test('a Request object, with its signal', async () => {
    await using router = await startSealedRouter({ onSealed: () => () => undefined })
    const controller = new AbortController()
    const request = new Request(`${router.url}/v1/models`, { signal: controller.signal })
    const pending = failureOf(() => fetchOf(router)(request))
    await expect.poll(() => router.sealed.length).toBe(1)
    controller.abort()
    expect((await pending).name).toBe('AbortError')
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })

  test('a streamed chat completion as it comes', async () => {
    await using router = await answering({ headers: EVENTS, body: event('a') + DONE })
    const response = await fetchOf(router)(`${router.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...ask(), stream: true }),
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await response.text()).toBe(event('a') + DONE)
  })

  test('failures that came sealed, with their status and words', async () => {
    const body = '{"error":{"message":"Too long.","type":"invalid_request_error","code":"too_long"}}'
    await using router = await answering({ status: 400, body })
    const response = await fetchOf(router)(`${router.url}/v1/embeddings`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { message: 'Too long.', code: 'too_long' } })
    expect(response.headers.get('x-nomyo-error')).toBeNull()
  })
})

describe('what it does not', () => {
  test.each([
    ['a path that the router does not list', '/v1/files', 'POST'],
    ['a method that is not taken', '/v1/models', 'DELETE'],
  ])('%s is refused, or sealed', async (_, path, method) => {
    await using router = await answering({ status: 405, refused: 'method', body: '{}' })
    const response = await fetchOf(router)(router.url + path, { method })
    expect(response.status).toBeGreaterThanOrEqual(400)
    const clear = router.requests.filter(
      (request) => !['/pki/capabilities', '/v2/secure'].includes(request.path),
    )
    expect(clear).toEqual([])
  })

  test('a cut stream errors the body, and not as an abort', async () => {
    const mangle = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 1044)
    await using router = await answering({ headers: EVENTS, body: event('a') + DONE, mangle })
    const response = await fetchOf(router)(`${router.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...ask(), stream: true }),
    })
    const error = await failureOf(() => response.text())
    expect(error.name).toBe('StreamTruncatedError')
  })

  test('[DONE] is not seen before the final frame, however it is cut', async () => {
    const body = event('a') + event('data: [') + DONE
    for (const size of [1, 7, 5000]) {
      async function* pieces(): AsyncGenerator<string> {
        for (let at = 0; at < body.length; at += size) yield body.slice(at, at + size)
      }
      const mangle = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 1)
      await using router = await answering({ headers: EVENTS, body: pieces(), mangle })
      const response = await fetchOf(router)(`${router.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ ...ask(), stream: true }),
      })
      const reader = response.body!.getReader()
      let text = ''
      const error = await failureOf(async () => {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return
          text += new TextDecoder().decode(value)
        }
      })
      expect(error.name).toBe('StreamTruncatedError')
      expect(text).toBe(event('a') + event('data: ['))
    }
  })

  test('cancelling the body reaches the router', async () => {
    async function* body(): AsyncGenerator<string> {
      yield event('first')
      await new Promise(() => undefined)
    }
    await using router = await answering({ headers: EVENTS, body: body() })
    const client = await clientOf(router, { protocol: '2.0' })
    const response = await client.fetch(`${router.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...ask(), stream: true }),
    })
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })

  test('a whole completion is checked as the client’s own', async () => {
    await using router = await answering({ body: JSON.stringify({ hello: completion() }) })
    const response = await fetchOf(router)(`${router.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(ask()),
    })
    expect(response.headers.get('x-nomyo-error')).toBe('answer_mismatch')
  })
})

test.each<[string, string, RequestInit]>([
  ['a header', '/v1/models', { headers: { authorization: `Bearer ${SECRET}\nx` } }],
  ['a method', '/v1/models', { method: `${SECRET} x` }],
  ['an address', `http//${SECRET}`, {}],
  ['an address with a password', `http://user:${SECRET}@router.example/v1/models`, {}],
])('%s that no fetch takes is a TypeError that does not quote it', async (_what, path, init) => {
  await using router = await answering({})
  const address = path.startsWith('/') ? router.url + path : path
  const error = await failureOf(() => fetchOf(router)(address, init))
  expect(error).toBeInstanceOf(TypeError)
  expectNoSecrets(error, [SECRET])
  expect(router.requests).toEqual([])
})

test('no answer of a router can pass for an error of ours', async () => {
  const headers = { 'x-nomyo-error': 'decryption_failed' }
  await using router = await startSealedRouter({
    onSealed: (_, count) => (count === 1 ? plain(401, { detail: 'no' }, headers) : { headers, body: '{}' }),
  })
  for (const status of [401, 200]) {
    const response = await fetchOf(router)(`${router.url}/v1/models`)
    expect(response.status).toBe(status)
    expect(response.headers.has('x-nomyo-error')).toBe(false)
  }
})
