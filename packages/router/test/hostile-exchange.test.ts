/** What a malicious client cannot get past the router's policy, and a malicious models' server past its limits. */
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import type { RouterOptions } from '@nomyo/router'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { completion, scripted, untouched } from './support/backends.ts'
import { openAnswer, SealedPeer, type Parts } from './support/sealed-peer.ts'

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})

const peerWith = (options: Partial<RouterOptions> = {}): SealedPeer => new SealedPeer(keys, options)
const EVENTS = { headers: { 'content-type': 'text/event-stream' } }

describe('a policy cannot be talked round', () => {
  const tiers = { standard: ['open'], high: ['*'], maximum: [] }
  const form = (...fields: readonly string[]): Parts => {
    const lines = fields.map((field) => `--b\r\ncontent-disposition: form-data; ${field}\r\n`)
    const body = new TextEncoder().encode(`${lines.join('')}--b--\r\n`)
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    return { inner: { path: '/v1/audio/transcriptions', headers, body } }
  }
  const OPEN = 'name="model"\r\n\r\nopen'

  test.each<[string, Parts, string]>([
    ['two models in a form', form(OPEN, 'name="model"\r\n\r\nsecret'), 'model'],
    ['a file as the model', form('name="model"; filename="x"\r\n\r\nopen'), 'model'],
    ['a model in other letters', form(OPEN, 'name="Model"\r\n\r\nsecret'), 'request'],
    ['a form that is none', { inner: { ...form().inner, body: new Uint8Array(3) } }, 'request'],
    [
      'JSON that says it is a form',
      { inner: { headers: { 'content-type': 'multipart/form-data; boundary=b' } }, body: { model: 'open' } },
      'request',
    ],
    ['a model in other letters, in JSON', { body: { model: 'open', MODEL: 'secret' } }, 'request'],
    ['a model that is no text', { body: { model: ['open'] } }, 'model'],
    ['a method in disguise', { inner: { method: 'PUT' }, body: { model: 'open' } }, 'method'],
  ])('by %s', async (_what, parts, refused) => {
    expect((await peerWith({ backend: untouched(), tiers }).ask(parts)).meta).toMatchObject({ refused })
  })

  test('by what one reader of a form sees and another does not: it is written afresh', async () => {
    const backend = scripted(() => completion())
    const hidden = '--c\r\ncontent-disposition: form-data; name="model"\r\n\r\nsecret\r\n--c--'
    const { inner } = form(OPEN, `name="file"; filename="a.wav"\r\ncontent-type: audio/wav\r\n\r\n${hidden}`)
    const headers = { 'content-type': 'multipart/form-data; boundary=b; boundary=c' }
    await peerWith({ backend, tiers }).ask({ inner: { ...inner, headers } })
    const { call, text } = backend.calls[0]!
    const contentType = call.headers['content-type']!
    expect(contentType).toMatch(/^multipart\/form-data; boundary=[^;=]{16,}$/)
    const read = await new Response(text, { headers: { 'content-type': contentType } }).formData()
    expect(read.getAll('model')).toEqual(['open'])
    expect(await (read.get('file') as File).text()).toBe(hidden)
  })

  test('by a name that the responses API might take for store', async () => {
    const parts = { inner: { path: '/v1/responses' }, body: { store: true, Store: true } }
    expect((await peerWith({ backend: untouched() }).ask(parts)).meta).toMatchObject({ refused: 'request' })
  })

  test('a name that stands twice reaches the models’ server once', async () => {
    const backend = scripted(() => completion())
    const body = new TextEncoder().encode('{"model":"secret","model":"open"}')
    await peerWith({ backend, tiers }).ask({ inner: { body } })
    expect(backend.calls[0]!.text).toBe('{"model":"open"}')
  })

  test.each([
    ['a form in the address’s way', 'application/x-www-form-urlencoded'],
    ['a form behind a blank', ' multipart/form-data; boundary=b'],
    ['another charset', 'application/json; charset=utf-16'],
    ['nothing', undefined],
  ])('by JSON that is said to be %s: it is passed on as JSON', async (_what, contentType) => {
    const backend = scripted(() => completion())
    const headers = contentType === undefined ? {} : { 'content-type': contentType }
    const body = { 'model': 'open', '&model=secret&x': '' }
    await peerWith({ backend, tiers }).ask({ inner: { headers }, body })
    expect(backend.calls[0]!.call.headers['content-type']).toBe('application/json')
  })
})

describe('a models’ server', () => {
  test('that is cut short is not taken for whole, whatever the query', async () => {
    const backend = scripted(() => new Response('data: {}\n\n', EVENTS))
    const { error } = await peerWith({ backend }).ask({
      inner: { path: '/v1/chat/completions?api-version=1' },
    })
    expect(error).toMatchObject({ code: 'backend_broke_off' })
  })

  test('cannot make an answer unreadable by its headers', async () => {
    const long = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`x-ratelimit-${'a'.repeat(i + 1)}`, 'v'.repeat(100)]),
    )
    const headers = { ...long, 'x-request-id': 'v'.repeat(600), 'x-other': 'no', 'retry-after': '5' }
    const { meta } = await peerWith({ backend: scripted(() => Response.json({}, { headers })) }).ask()
    expect(meta.headers).toMatchObject({ 'retry-after': '5', 'x-ratelimit-a': 'v'.repeat(100) })
    expect(meta.headers).not.toHaveProperty('x-request-id')
    expect(meta.headers).not.toHaveProperty('x-other')
  })

  test('that sends one byte at a time for ever is cut off at the limit', async () => {
    let cancelled = false
    const drip = new ReadableStream<Uint8Array>(
      { pull: (controller) => controller.enqueue(new Uint8Array(1)), cancel: () => void (cancelled = true) },
      { highWaterMark: 0 },
    )
    const backend = scripted(() => new Response(drip, EVENTS))
    const { error } = await peerWith({ backend, limits: { maxStreamBytes: 5000 } }).ask()
    expect(error).toMatchObject({ code: 'answer_too_large' })
    expect([cancelled, backend.calls[0]!.call.signal.aborted]).toEqual([true, true])
  })

  test('that answered is not told that anybody left', async () => {
    const backend = scripted(() => completion())
    await peerWith({ backend }).ask()
    expect(backend.calls[0]!.call.signal.aborted).toBe(false)
  })

  test('is asked with a body that is overwritten afterwards, also one that was written afresh', async () => {
    const backend = scripted(() => completion())
    const tiers = { standard: ['*'], high: [], maximum: [] }
    await peerWith({ backend, tiers }).ask()
    expect(backend.calls[0]!.text).toContain('Hello')
    expect(backend.calls[0]!.call.body.every((byte) => byte === 0)).toBe(true)
  })
})

test('exchanges leave no listeners on what they share', async () => {
  const controller = new AbortController()
  const [add, remove] = [
    vi.spyOn(controller.signal, 'addEventListener'),
    vi.spyOn(controller.signal, 'removeEventListener'),
  ]
  const peer = peerWith({ backend: scripted(() => completion()) })
  for (let i = 0; i < 20; i++) {
    const { sealed, request } = await peer.seal()
    Object.defineProperty(request, 'signal', { value: controller.signal })
    await openAnswer(sealed, await peer.router(request))
  }
  expect(add.mock.calls.length).toBeGreaterThan(0)
  expect(remove).toHaveBeenCalledTimes(add.mock.calls.length)
})
