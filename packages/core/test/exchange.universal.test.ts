/** Protocol 2.0 as it should be: what one side seals, the other opens, in pieces of any size. */
import { PayloadTooLargeError, ValidationError } from '@nomyo/core'
import { openRequest, readRequestHead, sealRequest, type SealedPart } from '@nomyo/core/exchange'
import { describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CONTEXT, META } from './exchange-forge.js'
import { openAll, sealAll } from './exchange-parts.js'
import { keyPair } from './keys.js'

const inner = {
  method: 'POST',
  path: '/v1/chat/completions?x=1',
  headers: { accept: '*/*' },
  body: utf8('{"a":1}'),
}
const metaPart: SealedPart = { kind: 'meta', meta: META }
const dataPart = (text: string, isFinal = false): SealedPart => ({ kind: 'data', bytes: utf8(text), isFinal })

async function exchange(): Promise<{
  sealed: Awaited<ReturnType<typeof sealRequest>>
  opened: Awaited<ReturnType<typeof openRequest>>
}> {
  const pair = await keyPair('rsa2048')
  const sealed = await sealRequest(inner, pair.publicKey, CONTEXT)
  return { sealed, opened: await openRequest(sealed.bytes, pair, CONTEXT) }
}

/** The length of each frame behind the 68 bytes of head, as its header says. */
function frameLengths(response: Uint8Array): number[] {
  const lengths: number[] = []
  const view = new DataView(response.buffer)
  for (let at = 68; at < response.length; at += 4 + lengths.at(-1)!) {
    lengths.push(view.getUint32(at) & 0x7fffffff)
  }
  return lengths
}

const manyHeaders = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, '']))

describe('a request', () => {
  it.each(['rsa2048', 'rsa3072', 'rsa4096'] as const)('opens as it was sealed, %s', async (name) => {
    const pair = await keyPair(name)
    const { bytes } = await sealRequest(inner, pair.publicKey, CONTEXT, { issuedAt: 1_700_000_000_123 })
    const opened = await openRequest(bytes, pair, CONTEXT)
    expect(opened.request).toEqual(inner)
    expect(opened.issuedAt).toBe(1_700_000_000_123)
    expect(readRequestHead(bytes)?.fingerprint).toBe(pair.publicKey.fingerprint)
    opened.wipe()
    expect(opened.request.body.every((byte) => byte === 0)).toBe(true)
  })

  it('opens without a tier and an API key, and out of a larger buffer', async () => {
    const pair = await keyPair('rsa2048')
    const context = { payloadID: CONTEXT.payloadID }
    const { bytes } = await sealRequest(inner, pair.publicKey, context)
    const within = concat(new Uint8Array(7), bytes).subarray(7)
    expect((await openRequest(within, pair, context)).request).toEqual(inner)
  })

  it('is padded to 256 bytes, so that bodies of near sizes look alike', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const sizeOf = async (length: number): Promise<number> =>
      (await sealRequest({ ...inner, body: new Uint8Array(length) }, publicKey, CONTEXT)).bytes.length
    expect(await sizeOf(1)).toBe(await sizeOf(100))
    expect((await sizeOf(5000)) - (await sizeOf(5000 - 256))).toBe(256)
  })

  it('claims the same id whenever it is opened, and another one whenever it is sealed', async () => {
    const pair = await keyPair('rsa2048')
    const [one, two] = await Promise.all([1, 2].map(() => sealRequest(inner, pair.publicKey, CONTEXT)))
    const claimOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
      String((await openRequest(bytes, pair, CONTEXT)).claim)
    expect(await claimOf(one!.bytes)).toBe(await claimOf(one!.bytes))
    expect(await claimOf(one!.bytes)).not.toBe(await claimOf(two!.bytes))
  })

  it('takes a body of exactly 10 MiB and not one byte more', async () => {
    const pair = await keyPair('rsa2048')
    const limit = 10 * 1024 * 1024
    const { bytes } = await sealRequest({ ...inner, body: new Uint8Array(limit) }, pair.publicKey, CONTEXT)
    expect((await openRequest(bytes, pair, CONTEXT)).request.body.length).toBe(limit)
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt')
    const tooLarge = sealRequest({ ...inner, body: new Uint8Array(limit + 1) }, pair.publicKey, CONTEXT)
    await expect(tooLarge).rejects.toThrow(PayloadTooLargeError)
    expect(encrypt).not.toHaveBeenCalled()
    encrypt.mockRestore()
  })

  it('seals as many headers as a router reads', async () => {
    const pair = await keyPair('rsa2048')
    const { bytes } = await sealRequest({ ...inner, headers: manyHeaders(1021) }, pair.publicKey, CONTEXT)
    const { request } = await openRequest(bytes, pair, CONTEXT)
    expect(Object.keys(request.headers)).toHaveLength(1021)
  })

  it.each([
    ['a path that is no origin form', { path: 'https://evil.example/v1' }],
    ['a path with //', { path: '//evil' }],
    ['dot segments', { path: '/v1/../admin' }],
    ['a lower-case method', { method: 'post' }],
    ['an Authorization inside', { headers: { authorization: 'Bearer x' } }],
    ['a connection header', { headers: { 'transfer-encoding': 'chunked' } }],
    ['an upper-case header', { headers: { Accept: '*/*' } }],
    ['CRLF in a header', { headers: { accept: 'a\r\nb: c' } }],
    ['a header __proto__, which no router reads', { headers: { ['__proto__']: 'x' } }],
    ['more headers than a router reads', { headers: manyHeaders(1022) }],
  ])('refuses to seal %s', async (_what, change) => {
    const { publicKey } = await keyPair('rsa2048')
    await expect(sealRequest({ ...inner, ...change }, publicKey, CONTEXT)).rejects.toThrow(ValidationError)
  })

  it.each([{ payloadID: '' }, { payloadID: 'x', tier: '' }, { payloadID: 'x', authorization: 'Bearer é' }])(
    'refuses outer headers that cannot be bound: %j',
    async (context) => {
      const { publicKey } = await keyPair('rsa2048')
      await expect(sealRequest(inner, publicKey, context)).rejects.toThrow(ValidationError)
    },
  )
})

describe('a response', () => {
  it('opens as it was sealed, whole', async () => {
    const { sealed, opened } = await exchange()
    const big = 'x'.repeat(200_000)
    const chunks = await sealAll(opened.sealResponse(), [metaPart, dataPart(big, true)])
    const { parts, text, error } = await openAll(sealed, chunks)
    expect(error).toBeUndefined()
    expect(parts[0]).toEqual({ kind: 'meta', meta: META })
    expect(text).toBe(big)
  })

  it.each([1, 2, 3, 7, 68, 255, 1044, 4096])('opens in pieces of %i bytes', async (size) => {
    const { sealed, opened } = await exchange()
    const parts: SealedPart[] = [
      metaPart,
      dataPart('one'),
      { kind: 'pad' },
      dataPart('two'),
      { kind: 'pad', isFinal: true },
    ]
    const bytes = concat(...(await sealAll(opened.sealResponse({ frameBytes: 1024 }), parts)))
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.slice(i * size, (i + 1) * size),
    )
    const outcome = await openAll(sealed, pieces)
    expect(outcome).toMatchObject({ text: 'onetwo', error: undefined })
    expect(outcome.parts.map(({ kind }) => kind)).toEqual(['meta', 'data', 'pad', 'data', 'pad'])
  })

  it('has frames of one size in a stream, whatever the pieces', async () => {
    const { opened } = await exchange()
    const pieces = ['', 'a', 'b'.repeat(500), 'c'.repeat(1021), 'd'.repeat(3000)]
    const sealer = opened.sealResponse({ frameBytes: 1024 })
    const chunks = await sealAll(sealer, [
      metaPart,
      ...pieces.map((piece) => dataPart(piece)),
      { kind: 'pad', isFinal: true },
    ])
    expect(frameLengths(concat(...chunks))).toEqual(Array.from({ length: 9 }, () => 1024 + 16))
  })

  it('gives each part as soon as it is whole, not at the end', async () => {
    const { sealed, opened } = await exchange()
    const chunks = await sealAll(opened.sealResponse(), [metaPart, dataPart('now'), dataPart('then', true)])
    const opener = sealed.openResponse()
    const [writer, reader] = [opener.writable.getWriter(), opener.readable.getReader()]
    for (const chunk of chunks.slice(0, 2)) void writer.write(chunk)
    expect((await reader.read()).value?.kind).toBe('meta')
    expect((await reader.read()).value).toMatchObject({ kind: 'data', bytes: utf8('now') })
    void writer.write(chunks[2]!)
    void writer.close()
    expect((await reader.read()).value).toMatchObject({ bytes: utf8('then') })
    expect((await reader.read()).done).toBe(true)
  })

  it('may end with an error of the model’s server', async () => {
    const { sealed, opened } = await exchange()
    const failure: SealedPart = { kind: 'error', code: 'backend_failed', message: 'The model server failed.' }
    const chunks = await sealAll(opened.sealResponse(), [metaPart, dataPart('a'), failure])
    const { parts, error } = await openAll(sealed, chunks)
    expect(error).toBeUndefined()
    expect(parts.at(-1)).toEqual(failure)
  })

  it('is not authenticated as whole unless its last part says so', async () => {
    const { opened } = await exchange()
    await expect(sealAll(opened.sealResponse(), [metaPart, dataPart('a')])).rejects.toThrow(TypeError)
  })

  it.each([
    ['DATA before META', [dataPart('a', true)]],
    ['a second META', [metaPart, metaPart]],
    ['a part after the final one', [metaPart, dataPart('a', true), dataPart('b', true)]],
  ])('is not sealed with %s', async (_what, parts) => {
    const { opened } = await exchange()
    await expect(sealAll(opened.sealResponse(), parts)).rejects.toThrow(TypeError)
  })

  it('ends with success when the connection is held open after the final frame', async () => {
    const { sealed, opened } = await exchange()
    const chunks = await sealAll(opened.sealResponse(), [metaPart, dataPart('all', true)])
    let cancelled = false
    const held = new ReadableStream<Uint8Array>({
      start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
      cancel: () => void (cancelled = true),
    })
    const reader = held.pipeThrough(sealed.openResponse({ linger: 20 })).getReader()
    let last = await reader.read()
    while (!last.done) last = await reader.read()
    await vi.waitFor(() => expect(cancelled).toBe(true))
  })

  it('two sealed for one request never share a key', async () => {
    const { opened } = await exchange()
    const [one, two] = await Promise.all(
      [1, 2].map(() => sealAll(opened.sealResponse(), [metaPart, dataPart('same', true)])),
    )
    expect(concat(...one!)).not.toEqual(concat(...two!))
    expect(one![1]).not.toEqual(two![1])
  })
})
