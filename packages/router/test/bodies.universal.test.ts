import { beforeAll, describe, expect, test, vi } from 'vitest'
import { maxEnvelopeBytes, type JsonObject, type KeyPair } from '@nomyo/core'
import { completion, scripted, untouched } from './support/backends.ts'
import { failureOf, peerOf, QUESTION, twoKeyPairs, type Peer } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

const MAX = 1000
const limited = (): Peer => peerOf(keys, { limits: { maxPlaintextBytes: MAX, maxAnswerBytes: MAX } })
const TOO_LARGE = { status: 413, detail: 'The request is too large.' }

/** A question of exactly `size` bytes of JSON. */
function questionOf(size: number): string {
  const text = (content: string): string =>
    JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })
  return text('x'.repeat(size - text('').length))
}

/** A body of chunks, as slow and as many as `next` makes them; without Content-Length. */
function streamOf(next: () => Promise<Uint8Array | undefined>): {
  body: ReadableStream<Uint8Array>
  read: () => number
} {
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await next()
        if (chunk === undefined) return controller.close()
        read += chunk.length
        controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
  return { body, read: () => read }
}

/** Calls the router with a streamed body, past the engines that cannot make a Request of one. */
async function postStream(peer: Peer, body: ReadableStream<Uint8Array>, headers = {}): Promise<Response> {
  const request = await peer.request({ body: 'x', headers })
  return peer.router(
    new Proxy(request, {
      get: (target, name) => (name === 'body' ? body : bound(target, Reflect.get(target, name, target))),
    }),
  )
}

function bound(target: Request, value: unknown): unknown {
  return typeof value === 'function' ? (value.bind(target) as unknown) : value
}

describe('the size of a request', () => {
  test('a plaintext of exactly the limit is opened', async () => {
    expect((await limited().post({ payload: questionOf(MAX) })).status).toBe(200)
  })

  test('one byte more of plaintext is not opened', async () => {
    expect((await limited().post({ payload: questionOf(MAX + 1) })).status).toBe(400)
  })

  test('one byte more than an envelope can have → 413 before it is parsed', async () => {
    const body = ' '.repeat(maxEnvelopeBytes(MAX) + 1)
    expect(await failureOf(await limited().post({ body }))).toEqual(TOO_LARGE)
    expect((await limited().post({ body: body.slice(1) })).status).toBe(400)
  })

  test('a Content-Length over the limit → 413 and nothing is read', async () => {
    const { body, read } = streamOf(async () => new Uint8Array(10))
    const headers = { 'content-length': String(maxEnvelopeBytes(MAX) + 1) }
    const peer = limited()
    const request = await peer.request({ body: 'x' })
    const withLength = new Proxy(request, {
      get: (target, name) => {
        if (name === 'headers') return new Headers([...target.headers, ...Object.entries(headers)])
        return name === 'body' ? body : bound(target, Reflect.get(target, name, target))
      },
    })
    expect(await failureOf(await peer.router(withLength))).toEqual(TOO_LARGE)
    expect(read()).toBe(0)
  })

  test('an endless body → 413 after the limit', async () => {
    const { body, read } = streamOf(async () => new Uint8Array(1000))
    expect(await failureOf(await postStream(limited(), body))).toEqual(TOO_LARGE)
    expect(read()).toBeLessThanOrEqual(maxEnvelopeBytes(MAX) + 1000)
  })

  test('the default is 10 MiB of plaintext', async () => {
    const { body, read } = streamOf(async () => new Uint8Array(1024 * 1024))
    expect(await failureOf(await postStream(peerOf(keys), body))).toEqual(TOO_LARGE)
    expect(read()).toBe(14 * 1024 * 1024)
  })

  test('a body in single bytes is opened', async () => {
    const request = await peerOf(keys).request()
    const bytes = new Uint8Array(await request.arrayBuffer())
    let at = 0
    const { body } = streamOf(async () => (at < bytes.length ? bytes.slice(at, ++at) : undefined))
    expect((await postStream(peerOf(keys), body)).status).toBe(200)
  })
})

describe('the time of a request', () => {
  const hurried = (): Peer => peerOf(keys, { limits: { bodyTimeout: 80 }, backend: untouched() })
  const SLOW = { status: 408, detail: 'The request took too long to arrive.' }

  const slowness: Record<string, () => Promise<Uint8Array>> = {
    'stalls': () => new Promise(() => undefined),
    'drips: bytes do not buy time': async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return new Uint8Array(1)
    },
  }
  test.for(Object.keys(slowness))('a body that %s → 408 when the limit has passed', async (way) => {
    const startedAt = performance.now()
    expect(await failureOf(await postStream(hurried(), streamOf(slowness[way]!).body))).toEqual(SLOW)
    expect(performance.now() - startedAt).toBeGreaterThan(70)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('is a minute by default, and ten for the backend', async () => {
    const delays = vi.spyOn(globalThis, 'setTimeout')
    await peerOf(keys).post()
    const asked = delays.mock.calls.map(([, ms]) => ms)
    delays.mockRestore()
    expect(asked).toContain(60_000)
    expect(asked).toContain(600_000)
  })

  test('a body that breaks off → 400', async () => {
    const { body } = streamOf(() => Promise.reject(new Error('marker-of-the-socket')))
    expect(await failureOf(await postStream(hurried(), body))).toEqual({
      status: 400,
      detail: 'The request broke off.',
    })
  })
})

describe('the size of an answer', () => {
  const answering = (answer: JsonObject): Peer =>
    peerOf(keys, { backend: scripted(() => Response.json(answer)), limits: { maxAnswerBytes: MAX } })

  test('with its metadata over the limit → 502', async () => {
    const fits = { text: 'x'.repeat(700) }
    expect((await answering(fits).post()).status).toBe(200)
    const detail = 'The answer of the model server is too large.'
    for (const length of [900, 5000]) {
      expect(await failureOf(await answering({ text: 'x'.repeat(length) }).post())).toEqual({
        status: 502,
        detail,
      })
    }
  })

  test('an endless one is given up, and cancelled', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(500)),
      cancel: () => {
        cancelled = true
      },
    })
    const peer = peerOf(keys, {
      backend: scripted(() => new Response(endless)),
      limits: { maxAnswerBytes: MAX },
    })
    expect((await peer.post()).status).toBe(502)
    expect(cancelled).toBe(true)
  })
})

describe('a client that goes away', () => {
  test('while the backend works: its signal aborts, and the body is not kept', async () => {
    const controller = new AbortController()
    const backend = scripted(({ signal }) => {
      queueMicrotask(() => controller.abort())
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    })
    const response = await peerOf(keys, { backend }).post({ signal: controller.signal })
    expect(response.status).toBe(499)
    expect(backend.calls[0]!.call.signal.aborted).toBe(true)
    expect(backend.calls[0]!.call.body.every((byte) => byte === 0)).toBe(true)
  })

  test('a backend that does not listen to its signal holds nothing up, and its late answer is let go', async () => {
    const controller = new AbortController()
    let cancelled: () => void = () => undefined
    const letGo = new Promise<void>((resolve) => {
      cancelled = resolve
    })
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const backend = scripted(async () => {
      controller.abort()
      await released
      return new Response(new ReadableStream({ cancel: cancelled }))
    })
    expect((await peerOf(keys, { backend }).post({ signal: controller.signal })).status).toBe(499)
    release()
    await letGo
  })

  test('before anything: the backend is not asked', async () => {
    const backend = scripted(() => completion())
    const response = await peerOf(keys, { backend }).post({ signal: AbortSignal.abort(), payload: QUESTION })
    expect(response.status).toBe(499)
    expect(backend.calls).toEqual([])
  })
})
