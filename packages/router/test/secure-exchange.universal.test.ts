/** Protocol 2.0 at the router: the order of its checks, what it refuses and how, and what it lets through. */
import { generateKeyPair, seal, type KeyPair } from '@nomyo/core'
import { createRouter, memoryReplayStore, openAIBackend, type RouterOptions } from '@nomyo/router'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { completion, scripted, untouched } from './support/backends.ts'
import { PAYLOAD_ID, QUESTION, URL_OF_ROUTER } from './support/peer.ts'
import { openAnswer, SealedPeer, type Parts } from './support/sealed-peer.ts'

let keys: KeyPair
let other: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
  other = await generateKeyPair({ modulusLength: 2048 })
})

const peerWith = (options: Partial<RouterOptions> = {}): SealedPeer => new SealedPeer(keys, options)
const API_KEY = 'sk-router'
const AUTH = `Bearer ${API_KEY}`

const events = (...texts: string[]): Response => {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(encoder.encode(text))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
const DONE = 'data: [DONE]\n\n'

describe('capabilities', () => {
  it('list both versions, the keys in order, and paths that keep no state', async () => {
    const router = createRouter({ keys: [keys, other, keys], backend: untouched() })
    const response = await router(new Request(`${URL_OF_ROUTER}/pki/capabilities`))
    const document = (await response.json()) as {
      versions: string[]
      keys: { pem: string }[]
      paths: string[]
    }
    expect(document.versions).toEqual(['1.0', '2.0'])
    expect(document.keys.map(({ pem }) => pem)).toEqual([keys.publicKey.pem, other.publicKey.pem])
    expect(document.paths).not.toContain('/v1/files')
  })

  it('are not there without 2.0, and 1.0 is not there without 1.0', async () => {
    const statusOf = async (
      versions: RouterOptions['versions'],
      path: string,
      method = 'GET',
    ): Promise<number> => {
      const router = createRouter({ keys, backend: untouched(), versions: versions! })
      return (await router(new Request(URL_OF_ROUTER + path, { method }))).status
    }
    expect(await statusOf(['1.0'], '/pki/capabilities')).toBe(404)
    expect(await statusOf(['1.0'], '/v2/secure', 'POST')).toBe(404)
    expect(await statusOf(['2.0'], '/v1/chat/secure_completion', 'POST')).toBe(404)
  })

  it.each([
    { versions: [] },
    { versions: ['3.0'] },
    { paths: ['v1'] },
    { paths: ['/v1/../x'] },
    { paths: ['/v1/*/x'] },
  ])('are refused at construction: %j', (options) => {
    expect(() => createRouter({ keys, backend: untouched(), ...(options as object) })).toThrow(TypeError)
  })
})

describe('an exchange', () => {
  it('brings the answer of the models’ server, bound and named', async () => {
    const backend = scripted(() => completion('Sealed.'))
    const peer = peerWith({ backend })
    const { meta, text } = await peer.ask({ context: { tier: 'high' } })
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: 'Sealed.' } }] })
    expect(meta).toMatchObject({
      status: 200,
      payload_id: PAYLOAD_ID,
      headers: { 'content-type': 'application/json' },
    })
    expect(meta.caps_hash).toBe((await peer.capabilities()).hash)
    expect(JSON.parse(backend.calls[0]!.text)).toEqual(QUESTION)
  })

  it('passes on GET, and of the headers only what a models’ server needs', async () => {
    const backend = scripted(() => Response.json({ data: [] }))
    const headers = { 'accept': '*/*', 'x-secret': 'no', 'content-type': 'application/json' }
    await peerWith({ backend }).ask({ inner: { method: 'GET', path: '/v1/models?limit=1', headers } })
    expect(backend.calls[0]!.call).toMatchObject({ method: 'GET', path: '/v1/models?limit=1' })
    expect(backend.calls[0]!.call.headers).toEqual({ 'accept': '*/*', 'content-type': 'application/json' })
  })

  it('makes the responses API keep nothing', async () => {
    const backend = scripted(() => Response.json({}))
    await peerWith({ backend }).ask({ inner: { path: '/v1/responses' }, body: { input: 'x', store: true } })
    expect(JSON.parse(backend.calls[0]!.text)).toEqual({ input: 'x', store: false })
  })

  it('opens with every key of the ring', async () => {
    const router = new SealedPeer(keys, { keys: [other, keys], backend: scripted(() => completion()) })
    expect((await router.ask({ keys: other })).meta.status).toBe(200)
    expect((await router.ask({ keys })).meta.status).toBe(200)
  })
})

describe('a stream', () => {
  it('has frames of one size, whatever the tokens: they cannot be read off', async () => {
    const sizesOf = async (...tokens: string[]): Promise<readonly number[]> => {
      const peer = peerWith({ backend: scripted(() => events(...tokens, DONE)), limits: { coalesce: 1000 } })
      return (await peer.ask({ body: { ...QUESTION, stream: true } })).frames
    }
    const [short, long] = [
      await sizesOf('a', 'b', 'c'),
      await sizesOf('a'.repeat(90), 'b'.repeat(200), 'c'.repeat(9)),
    ]
    expect(new Set([...short, ...long])).toEqual(new Set([4 + 1024 + 16]))
    expect(short).toHaveLength(long.length)
  })

  it('puts pieces that come together into one frame, but the first, which leaves at once', async () => {
    const tokens = Array.from({ length: 50 }, (_, i) => `data: ${i}\n\n`)
    const peer = peerWith({ backend: scripted(() => events(...tokens, DONE)), limits: { coalesce: 1000 } })
    const { frames, text } = await peer.ask()
    expect(text).toBe(tokens.join('') + DONE)
    expect(frames).toHaveLength(4) // META, the first, all others, the end
  })

  it('that ends without [DONE] is an error, not an end', async () => {
    const { error, text } = await peerWith({ backend: scripted(() => events('data: {}\n\n')) }).ask()
    expect(text).toBe('data: {}\n\n')
    expect(error).toMatchObject({ code: 'backend_broke_off' })
  })

  it('that breaks off in its midst is an error, not an end', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: {}\n\n')),
      pull: (controller) => controller.error(new Error('reset')),
    })
    const backend = scripted(() => new Response(broken, { headers: { 'content-type': 'text/event-stream' } }))
    expect((await peerWith({ backend }).ask()).error).toMatchObject({ code: 'backend_broke_off' })
  })

  it('larger than allowed is an error', async () => {
    const peer = peerWith({
      backend: scripted(() => events('x'.repeat(2000), DONE)),
      limits: { maxStreamBytes: 1000 },
    })
    expect((await peer.ask()).error).toMatchObject({ code: 'answer_too_large' })
  })

  it('shows that the router is there while nothing comes', async () => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) })
    const backend = scripted(() => new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    const peer = peerWith({ backend, limits: { heartbeat: 5 } })
    const { sealed, request } = await peer.seal()
    const reader = (await peer.router(request)).body!.pipeThrough(sealed.openResponse()).getReader()
    expect((await reader.read()).value?.kind).toBe('meta')
    expect((await reader.read()).value?.kind).toBe('pad')
    controller!.enqueue(new TextEncoder().encode('x'))
    let part = (await reader.read()).value
    while (part?.kind === 'pad') part = (await reader.read()).value
    expect(part?.kind).toBe('data')
    await reader.cancel()
  })

  it('asks the models’ server for no more than two pieces of 32 KiB beyond what the client has read', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(1024))
        },
      },
      { highWaterMark: 0 },
    )
    const backend = scripted(
      () => new Response(endless, { headers: { 'content-type': 'text/event-stream' } }),
    )
    const peer = peerWith({ backend })
    const { sealed, request } = await peer.seal()
    const reader = (await peer.router(request)).body!.pipeThrough(sealed.openResponse()).getReader()
    for (let i = 0; i < 200; i++) await reader.read()
    expect(pulled).toBeLessThan(200 + 2 * 32)
    await reader.cancel()
  })

  it('stops the generation when the client goes away', async () => {
    const silent = new ReadableStream<Uint8Array>()
    const backend = scripted(() => new Response(silent, { headers: { 'content-type': 'text/event-stream' } }))
    const peer = peerWith({ backend })
    const { request } = await peer.seal()
    const response = await peer.router(request)
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    await vi.waitFor(() => expect(backend.calls[0]!.call.signal.aborted).toBe(true))
  })
})

describe('the one opaque 400', () => {
  const faceOf = async (response: Response): Promise<object> => ({
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  })
  const context = { tier: 'high', authorization: AUTH }

  it.each<[string, Parts]>([
    ['the payload id changed', { headers: { 'x-payload-id': PAYLOAD_ID.replace('3', '4') } }],
    ['the payload id removed', { headers: { 'x-payload-id': null } }],
    ['a payload id that is no UUID', { context: { ...context, payloadID: 'mine' } }],
    ['the tier changed', { headers: { 'x-security-tier': 'standard' } }],
    ['the tier changed to nonsense', { headers: { 'x-security-tier': 'top' } }],
    ['the tier removed', { headers: { 'x-security-tier': null } }],
    ['the tier added', { context: { authorization: AUTH }, headers: { 'x-security-tier': 'high' } }],
    ['Authorization changed', { headers: { authorization: `bearer ${API_KEY}` } }],
    ['Authorization removed', { headers: { authorization: null } }],
    ['Authorization added', { context: { tier: 'high' }, headers: { authorization: AUTH } }],
    ['a bit of the encrypted keys', { bytes: (bytes) => flipped(bytes, 100) }],
    ['a bit of the nonce', { bytes: (bytes) => flipped(bytes, 305) }],
    ['a bit of the ciphertext', { bytes: (bytes) => flipped(bytes, 400) }],
    ['the time', { bytes: (bytes) => flipped(bytes, 47) }],
    ['its end cut off', { bytes: (bytes) => bytes.slice(0, -1) }],
    ['nothing in it', { bytes: () => new Uint8Array() }],
    ['an envelope of 1.0', { bytes: () => new TextEncoder().encode('{"version":"1.0"}') }],
  ])('%s', async (_what, parts) => {
    const peer = peerWith({ backend: untouched() })
    const reference = await faceOf(
      await peer.send({ context, bytes: (bytes) => flipped(bytes, bytes.length - 1) }),
    )
    expect(reference).toMatchObject({ status: 400 })
    expect(await faceOf(await peer.send({ context, ...parts }))).toEqual(reference)
  })

  it('a replay; of fifty at once exactly one is processed', async () => {
    const backend = scripted(() => completion())
    const peer = peerWith({ backend })
    const { sealed, request } = await peer.seal()
    const copies = Array.from({ length: 50 }, () => request.clone())
    const responses = await Promise.all(copies.map((copy) => peer.router(copy)))
    expect(responses.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 49 }, () => 400),
    ])
    expect(backend.calls).toHaveLength(1)
    const whole = responses.find(({ status }) => status === 200)!
    expect((await openAnswer(sealed, whole)).meta.status).toBe(200)
    const refused = responses.find(({ status }) => status === 400)!
    const altered = await peer.send({ bytes: (bytes) => flipped(bytes, 400) })
    expect(await faceOf(refused)).toEqual(await faceOf(altered))
  })

  it('a 1.0 envelope’s key block relabelled, and the reverse', async () => {
    const peer = peerWith({ backend: untouched() })
    const envelope = await seal(new TextEncoder().encode(JSON.stringify(QUESTION)), keys.publicKey)
    const { encrypted_aes_key: key } = JSON.parse(new TextDecoder().decode(envelope)) as {
      encrypted_aes_key: string
    }
    const block = Uint8Array.from(atob(key), (character) => character.charCodeAt(0))
    const bytes = (given: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => (given.set(block, 48), given)
    expect((await peer.send({ bytes })).status).toBe(400)
  })
})

describe('before anything is opened', () => {
  it.each<[string, Parts, number]>([
    ['another media type', { headers: { 'content-type': 'application/octet-stream' } }, 415],
    ['a content coding', { headers: { 'content-encoding': 'gzip' } }, 415],
    ['no API key', {}, 401],
    ['a wrong API key', { context: { authorization: 'Bearer no' } }, 401],
  ])('%s is refused', async (_what, parts, status) => {
    const unwrap = vi.spyOn(crypto.subtle, 'unwrapKey')
    expect((await peerWith({ backend: untouched(), apiKeys: [API_KEY] }).send(parts)).status).toBe(status)
    expect(unwrap).not.toHaveBeenCalled()
    unwrap.mockRestore()
  })

  it('a body that is too large is refused by its length', async () => {
    const peer = peerWith({ backend: untouched(), limits: { maxPlaintextBytes: 1000 } })
    expect((await peer.send({ bytes: () => new Uint8Array(200_000) })).status).toBe(413)
  })

  it('a key that the router has not is a 422 that says so', async () => {
    const response = await peerWith({ backend: untouched() }).send({ keys: other })
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ type: 'urn:nomyo:problem:key' })
  })

  it('too many at once are asked to come again', async () => {
    const peer = peerWith({ backend: scripted(() => completion()), limits: { maxOpening: 2 } })
    const responses = await Promise.all(Array.from({ length: 10 }, () => peer.send()))
    const busy = responses.filter(({ status }) => status === 503)
    expect(busy.length).toBeGreaterThan(0)
    expect(busy[0]!.headers.get('retry-after')).toBe('1')
    expect(responses.some(({ status }) => status === 200)).toBe(true)
  })
})

describe('a sealed refusal', () => {
  const NOW = 1_800_000_000_000
  const at = (issuedAt: number): Parts => ({ issuedAt })

  it.each([-301_000, 301_000])('of a time that is %i ms off: nothing is claimed', async (offset) => {
    const claim = vi.fn<(id: string, ttl: number) => Promise<boolean>>().mockResolvedValue(true)
    const peer = peerWith({ backend: untouched(), now: () => NOW, replayStore: { claim } })
    const { meta } = await peer.ask(at(NOW + offset))
    expect(meta).toMatchObject({ status: 400, refused: 'clock', t: NOW })
    expect(claim).not.toHaveBeenCalled()
  })

  it.each([-299_000, 299_000])('not of one that is %i ms off', async (offset) => {
    const claim = vi.fn<(id: string, ttl: number) => Promise<boolean>>().mockResolvedValue(true)
    const peer = peerWith({ backend: scripted(() => completion()), now: () => NOW, replayStore: { claim } })
    expect((await peer.ask(at(NOW + offset))).meta.status).toBe(200)
    expect(claim.mock.calls[0]![1]).toBeGreaterThanOrEqual(660_000)
  })

  it('of a time from before the store remembers', async () => {
    const peer = peerWith({ backend: untouched(), now: () => NOW })
    expect((await peer.ask(at(NOW - 1))).meta.refused).toBe('clock')
  })

  it.each<[string, Parts, string, number]>([
    ['a path that is not listed', { inner: { path: '/v1/files' } }, 'path', 404],
    ['a tier that is none', { context: { tier: 'top' } }, 'tier', 400],
    ['a method', { inner: { method: 'DELETE', path: '/v1/models/x' } }, 'method', 405],
    ['a responses request that is no object', { inner: { path: '/v1/responses' }, body: [] }, 'request', 400],
  ])('of %s', async (_what, parts, refused, status) => {
    expect((await peerWith({ backend: untouched() }).ask(parts)).meta).toMatchObject({ refused, status })
  })

  describe('of a model', () => {
    const tiers = { standard: ['open'], high: ['*'], maximum: [] }
    const upload = (model: string): Parts => {
      const boundary = 'b'
      const text = `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n--b--\r\n`
      const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
      return { inner: { path: '/v1/audio/transcriptions', headers, body: new TextEncoder().encode(text) } }
    }

    it.each<[string, Parts]>([
      ['that the tier does not allow', {}],
      ['that is not named', { body: { messages: [] } }],
      ['in an upload', upload('secret')],
      ['in a body of no known form', { inner: { body: new TextEncoder().encode('model=open') } }],
    ])('%s', async (_what, parts) => {
      expect((await peerWith({ backend: untouched(), tiers }).ask(parts)).meta).toMatchObject({
        refused: 'model',
        status: 403,
      })
    })

    it('not of one that it allows, in JSON and in an upload', async () => {
      const peer = peerWith({ backend: scripted(() => completion()), tiers })
      expect((await peer.ask({ body: { ...QUESTION, model: 'open' } })).meta.status).toBe(200)
      expect((await peer.ask(upload('open'))).meta.status).toBe(200)
      expect((await peer.ask({ context: { tier: 'high' } })).meta.status).toBe(200)
    })
  })
})

describe('the replay store', () => {
  it('that does not answer is a 503, and nothing is processed', async () => {
    const replayStore = { claim: () => Promise.reject(new Error('down')) }
    expect((await peerWith({ backend: untouched(), replayStore }).send()).status).toBe(503)
  })

  it('in memory forgets what has ended, nothing that lives, and is never overfull', async () => {
    let time = 1000
    const store = memoryReplayStore({ maxEntries: 2, now: () => time })
    expect(store.knowsSince).toBe(1000)
    expect([await store.claim('a', 10), await store.claim('b', 10), await store.claim('a', 10)]).toEqual([
      true,
      true,
      false,
    ])
    await expect(store.claim('c', 10)).rejects.toThrow('full')
    time += 10
    expect([await store.claim('c', 10), await store.claim('a', 10)]).toEqual([true, true])
  })
})

describe('a models’ server that fails', () => {
  it.each([
    [400, 400],
    [404, 404],
    [422, 422],
    [429, 429],
  ])('with %i: its own words, sealed', async (status, inner) => {
    const backend = scripted(() => Response.json({ error: { message: 'Its words.' } }, { status }))
    const { meta, text } = await peerWith({ backend }).ask()
    expect(meta.status).toBe(inner)
    expect(text).toContain('Its words.')
  })

  it.each([
    [401, 502],
    [403, 502],
    [302, 502],
    [500, 502],
    [503, 503],
  ])('with %i: our words, sealed', async (status, inner) => {
    const backend = scripted(() => new Response('<html>Its words.', { status }))
    const { meta, text } = await peerWith({ backend }).ask()
    expect(meta.status).toBe(inner)
    expect(text).not.toContain('Its words.')
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'nomyo_router_error' } })
  })

  it('because it is not there', async () => {
    const peer = peerWith({ backend: openAIBackend({ baseURL: 'http://127.0.0.1:9' }) })
    expect((await peer.ask()).meta.status).toBe(503)
  })

  it('because it is slow', async () => {
    const backend = scripted(() => new Promise<Response>(() => undefined))
    expect((await peerWith({ backend, limits: { backendTimeout: 20 } }).ask()).meta.status).toBe(504)
  })
})

function flipped(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice()
  copy[at]! ^= 1
  return copy
}
