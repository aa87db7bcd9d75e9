/** Requests over protocol 2.0 that were altered, forged, too large, too slow or sent twice. */
import { generateKeyPair, open, seal, type KeyPair } from '@nomyo/core'
import { createRouter, type RouterOptions } from '@nomyo/router'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { completion, scripted, untouched } from './support/backends.ts'
import { forge, type ForgedParts } from './support/forge.ts'
import { PAYLOAD_ID, peerOf, QUESTION, URL_OF_ROUTER } from './support/peer.ts'
import { openAnswer, SealedPeer, type Parts } from './support/sealed-peer.ts'

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})

const peerWith = (options: Partial<RouterOptions> = {}): SealedPeer => new SealedPeer(keys, options)

/** Status, type and text: all that a client on the outside can tell answers apart by. */
const faceOf = async (response: Response): Promise<object> => ({
  status: response.status,
  headers: [...response.headers].filter(([name]) => name !== 'x-request-id'),
  text: await response.text(),
})
const changed =
  (at: number, value: number): NonNullable<Parts['bytes']> =>
  (bytes) =>
    bytes.fill(value, at, at + 1)
/** What becomes of a request whose ciphertext was altered. */
const opaque = async (peer: SealedPeer): Promise<object> =>
  faceOf(await peer.send({ bytes: (bytes) => bytes.map((byte, i) => (i === 400 ? byte ^ 1 : byte)) }))

describe('a path that', () => {
  test.each([
    ['starts with //', '//v1/chat/completions'],
    ['has // in it', '/v1//models'],
    ['has dot segments', '/v1/models/../chat/completions'],
    ['ends in a dot segment', '/v1/models/..'],
    ['has dot segments, encoded', '/v1/models/%2e%2e/files'],
    ['has dot segments, half encoded', '/v1/models/.%2E/files'],
    ['has dot segments with a parameter', '/v1/models/..;/files'],
    ['has backslashes', '/v1/models\\..\\files'],
    ['has an encoded backslash', '/v1/models/%5c'],
    ['has an encoded slash', '/v1/models/..%2ffiles'],
    ['has a fragment', '/v1/models#x'],
    ['has CRLF', '/v1/models HTTP/1.1\r\nHost: evil\r\n\r\n'],
    ['has encoded CRLF', '/v1/models/%0d%0a'],
    ['has NUL', '/v1/models/\0'],
    ['has characters beyond ASCII', '/v1/models/ü'],
    ['is an absolute URL', 'http://evil.example/v1/models'],
    ['is a host', '@evil.example/v1/models'],
    ['is empty', ''],
    ['is *', '*'],
    ['is not listed', '/v1/files'],
    ['is too long', `/v1/models/${'a'.repeat(9000)}`],
  ])('%s is refused, sealed, and asks nobody', async (_what, path) => {
    const { router } = peerWith({ backend: untouched() })
    const { request, metaOf } = await forge(keys.publicKey, { path })
    const response = await router(request)
    expect(response.status).toBe(200)
    expect(await metaOf(response)).toMatchObject({ status: 404, refused: 'path', payload_id: PAYLOAD_ID })
  })
})

describe('the one opaque 400 is for what is inside, too:', () => {
  test.each<[string, ForgedParts]>([
    ['a method of another type', { method: ['POST'] }],
    ['a method with CRLF', { method: 'GET / HTTP/1.1\r\nX: ' }],
    ['a path of another type', { path: { toString: 'x' } }],
    ['headers that are a list', { headers: ['accept'] }],
    ['Authorization', { headers: { authorization: 'Bearer x' } }],
    ['Transfer-Encoding', { headers: { 'transfer-encoding': 'chunked' } }],
    ['Content-Length', { headers: { 'content-length': '0' } }],
    ['Host', { headers: { host: 'evil' } }],
    ['a header with CRLF', { headers: { accept: 'a\r\nhost: evil' } }],
    ['a header with a colon in its name', { headers: { 'accept: a': 'b' } }],
    ['a header that is an object', { headers: { accept: { a: 1 } } }],
    ['a payload id where none was sealed', { payloadID: '' }],
    ['another payload id than the one that was sealed', { payloadID: PAYLOAD_ID.replace('3', '4') }],
  ])('%s', async (_what, parts) => {
    const peer = peerWith({ backend: untouched() })
    const { request } = await forge(keys.publicKey, parts)
    expect(await faceOf(await peer.router(request))).toEqual(await opaque(peer))
  })

  test('what a forger makes right is answered, so that this proves something', async () => {
    const { router } = peerWith({ backend: scripted(() => completion()) })
    const { request, metaOf } = await forge(keys.publicKey, {})
    expect(await metaOf(await router(request))).toMatchObject({ status: 200 })
  })

  test.each<[string, Parts]>([
    ['the magic', { bytes: changed(0, 0) }],
    ['a reserved byte', { bytes: changed(5, 1) }],
    ['the length of the keys', { bytes: changed(7, 1) }],
    ['a tier that is empty', { headers: { 'x-security-tier': '' } }],
    ['a payload id that is empty', { headers: { 'x-payload-id': '' } }],
    ['an Authorization that is empty', { headers: { authorization: '' } }],
  ])('and %s', async (_what, parts) => {
    const peer = peerWith({ backend: untouched() })
    expect(await faceOf(await peer.send(parts))).toEqual(await opaque(peer))
  })

  test('a changed kid says that the key is not known, and nothing else', async () => {
    const response = await peerWith({ backend: untouched() }).send({ bytes: changed(8, 0) })
    expect(response.status).toBe(422)
  })

  test('a 2.0 key block in an envelope of 1.0', async () => {
    const { request } = await peerWith().seal()
    const block = new Uint8Array(await request.arrayBuffer()).slice(48, 48 + 256)
    const envelope = JSON.parse(
      new TextDecoder().decode(
        await seal(new TextEncoder().encode(JSON.stringify(QUESTION)), keys.publicKey),
      ),
    ) as object
    const relabelled = JSON.stringify({ ...envelope, encrypted_aes_key: btoa(String.fromCharCode(...block)) })
    await expect(open(new TextEncoder().encode(relabelled), keys, { kind: 'request' })).rejects.toMatchObject(
      {
        code: 'decryption_failed',
      },
    )
    const peer = peerOf([keys, keys], { backend: untouched() })
    expect((await peer.post({ body: relabelled })).status).toBe(400)
  })
})

describe('too large or too slow', () => {
  /** The largest sealed request for a limit of 1000: 67900 bytes. */
  const limits = { maxPlaintextBytes: 1000, bodyTimeout: 30 }
  const LARGEST = 48 + 1024 + 12 + 16 + 8 + 64 * 1024 + 1000 + 256
  const streamed = async (
    peer: SealedPeer,
    pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const { request } = await peer.seal()
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const given = new Headers([...request.headers, ...Object.entries(headers)])
    return peer.router(
      new Request(request.url, { method: 'POST', headers: given, body, duplex: 'half' } as RequestInit),
    )
  }

  test('a body of one byte more than there can be is 413; of that many bytes it is looked at', async () => {
    const peer = peerWith({ backend: untouched(), limits })
    expect((await peer.send({ bytes: () => new Uint8Array(LARGEST + 1) })).status).toBe(413)
    expect((await peer.send({ bytes: () => new Uint8Array(LARGEST) })).status).toBe(400)
  })

  test('a Content-Length that says so is 413, and nothing is read', async () => {
    const pull = vi.fn<() => void>()
    const headers = { 'content-length': String(LARGEST + 1) }
    expect((await streamed(peerWith({ backend: untouched(), limits }), pull, headers)).status).toBe(413)
    expect(pull).not.toHaveBeenCalled()
  })

  test('an endless body is 413 after the limit, one that stalls 408', async () => {
    let read = 0
    const endless = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      read += 10_000
      controller.enqueue(new Uint8Array(10_000))
    }
    const peer = peerWith({ backend: untouched(), limits })
    expect((await streamed(peer, endless)).status).toBe(413)
    expect(read).toBeLessThanOrEqual(LARGEST + 10_000)
    expect((await streamed(peer, () => undefined)).status).toBe(408)
  })

  test('refused ones leave the queue for RSA', async () => {
    const peer = peerWith({ backend: scripted(() => completion()), limits: { maxOpening: 1 } })
    for (let i = 0; i < 3; i++) expect(await opaque(peer)).toMatchObject({ status: 400 })
    expect((await peer.ask()).meta.status).toBe(200)
  })
})

describe('a replay', () => {
  test('is refused after the answer, at another router with the same store, and with another header', async () => {
    const claimed = new Set<string>()
    const claim = async (id: string): Promise<boolean> => !claimed.has(id) && Boolean(claimed.add(id))
    const backend = scripted(() => completion())
    const [one, two] = [1, 2].map(() => createRouter({ keys, backend, replayStore: { claim } }))
    const { sealed, request } = await peerWith().seal()
    const copies = [1, 2, 3].map(() => request.clone())
    expect((await openAnswer(sealed, await one!(request))).meta.status).toBe(200)
    const moved = new Request(copies[2]!, { headers: [...copies[2]!.headers, ['x-more', '1']] })
    for (const [router, copy] of [
      [one!, copies[0]!],
      [two!, copies[1]!],
      [one!, moved],
    ] as const) {
      expect(await faceOf(await router(copy))).toEqual(await opaque(peerWith({ backend: untouched() })))
    }
    expect(backend.calls).toHaveLength(1)
    expect([...claimed]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })

  test.each<[string, () => Promise<boolean>]>([
    ['never answers', () => new Promise(() => undefined)],
    [
      'throws at once',
      () => {
        throw new Error('down')
      },
    ],
  ])('cannot be ruled out by a store that %s: 503, and nothing is processed', async (_what, claim) => {
    const peer = peerWith({ backend: untouched(), replayStore: { claim }, limits: { claimTimeout: 20 } })
    const response = await peer.send()
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'application/json'])
  })

  test('is ruled out only by a store that says so', async () => {
    const claim = (): Promise<boolean> => Promise.resolve(undefined as unknown as boolean)
    expect((await peerWith({ backend: untouched(), replayStore: { claim } }).send()).status).toBe(400)
  })
})

test('a Host that is not allowed and a foreign page are refused before anything is opened', async () => {
  const unwrap = vi.spyOn(crypto.subtle, 'unwrapKey')
  const peer = peerWith({ backend: untouched(), allowedHosts: ['router.example'] })
  expect((await peer.send({ headers: { host: 'evil.example' } })).status).toBe(403)
  const page = { origin: 'https://evil.example' }
  expect((await peerWith({ backend: untouched() }).send({ headers: page })).status).toBe(403)
  expect(unwrap).not.toHaveBeenCalled()
  unwrap.mockRestore()
})

test('the address of the exchange is one path', async () => {
  const { router } = peerWith({ backend: untouched() })
  for (const path of ['/v2/secure/', '/V2/secure', '/v2//secure', '/v2/secure%2f']) {
    expect((await router(new Request(URL_OF_ROUTER + path, { method: 'POST' }))).status).toBe(404)
  }
})

test('bodies that break off cost the memory of what came of them, not of what they promised', async () => {
  const { router } = peerWith({ limits: { bodyTimeout: 300 }, backend: untouched() })
  const headers = { 'content-type': 'application/vnd.nomyo.sealed', 'content-length': '10000000' }
  const stalled = (): Request => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(70_000)),
    })
    // Node wants `duplex`, which TypeScript's RequestInit does not know.
    const init = { method: 'POST', headers, body, duplex: 'half' }
    return new Request(`${URL_OF_ROUTER}/v2/secure`, init)
  }
  const before = process.memoryUsage.rss()
  const answers = await Promise.all(Array.from({ length: 80 }, () => router(stalled())))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]))
  expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000)
})
