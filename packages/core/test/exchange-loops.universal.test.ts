/** Sealing and opening a response as loops: the same bytes and the same errors as the transforms have. */
import { SecurityError, StreamTruncatedError } from '@nomyo/core'
import { openRequest, sealRequest, type ResponsePart, type SealedPart } from '@nomyo/core/exchange'
import { describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CONTEXT, META } from './exchange-forge.js'
import { openAll, sealAll } from './exchange-parts.js'
import { keyPair } from './keys.js'

const LISTS: readonly (readonly SealedPart[])[] = [
  [
    { kind: 'meta', meta: META },
    { kind: 'data', bytes: utf8('one') },
  ],
  [{ kind: 'pad' }],
  [{ kind: 'data', bytes: utf8('x'.repeat(150_000)) }],
  [{ kind: 'data', bytes: utf8('two'), isFinal: true }],
]
const TEXT = `one${'x'.repeat(150_000)}two`

async function exchange() {
  const pair = await keyPair('rsa2048')
  const inner = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: utf8('{}') }
  const sealed = await sealRequest(inner, pair.publicKey, CONTEXT)
  return { sealed, opened: await openRequest(sealed.bytes, pair, CONTEXT) }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Chunks as they come from a connection: a source that tells when it was let go, and may stay open. */
async function* connection(chunks: readonly Uint8Array[], onEnd: () => void, held?: Promise<void>) {
  try {
    yield* chunks
    await held
  } finally {
    onEnd()
  }
}

const textOf = (parts: readonly ResponsePart[]): string =>
  new TextDecoder().decode(concat(...parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))))

describe('a response', () => {
  it('sealed as a loop opens as a transform', async () => {
    const { sealed, opened } = await exchange()
    const chunks = await collect(opened.sealParts(LISTS))
    expect(await openAll(sealed, chunks)).toMatchObject({ text: TEXT, error: undefined })
  })

  it('sealed as a transform opens as a loop, whatever the chunks', async () => {
    const { sealed, opened } = await exchange()
    const bytes = concat(...(await sealAll(opened.sealResponse(), LISTS.flat())))
    for (const size of [1021, 70_000, bytes.length]) {
      const count = Math.ceil(bytes.length / size)
      const chunks = Array.from({ length: count }, (_, i) => bytes.slice(i * size, (i + 1) * size))
      const ended = vi.fn()
      const parts = await collect(sealed.openParts(connection(chunks, ended)))
      expect(textOf(parts)).toBe(TEXT)
      expect(parts[0]).toEqual({ kind: 'meta', meta: META })
      expect(ended).toHaveBeenCalledOnce()
    }
  })

  it('of a large part leaves frame by frame, not at its end', async () => {
    const { opened } = await exchange()
    const chunks = await collect(opened.sealParts(LISTS))
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(66_000)
  })

  it('that is cut is truncated, and one with a byte after its end is refused', async () => {
    const { sealed, opened } = await exchange()
    const bytes = concat(...(await collect(opened.sealParts(LISTS))))
    const cut = collect(sealed.openParts(connection([bytes.slice(0, -1)], () => undefined)))
    await expect(cut).rejects.toThrow(StreamTruncatedError)
    const longer = collect(sealed.openParts(connection([bytes, Uint8Array.of(0)], () => undefined)))
    await expect(longer).rejects.toThrow(SecurityError)
  })

  it('without a final part is not sealed to its end', async () => {
    const { opened } = await exchange()
    await expect(collect(opened.sealParts(LISTS.slice(0, 1)))).rejects.toThrow(TypeError)
  })

  it('lets the connection go when the loop is left, and when a chunk is refused', async () => {
    const { sealed, opened } = await exchange()
    const bytes = concat(...(await collect(opened.sealParts(LISTS))))
    const [left, refused] = [vi.fn(), vi.fn()]
    for await (const part of sealed.openParts(connection([bytes], left))) if (part.kind === 'data') break
    await vi.waitFor(() => expect(left).toHaveBeenCalledOnce())
    const altered = bytes.slice()
    altered[100]! ^= 1
    const opening = collect(sealed.openParts(connection([altered, bytes], refused)))
    await expect(opening).rejects.toThrow(SecurityError)
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce())
  })

  it('ends with success when the connection is held open after the final frame', async () => {
    const { sealed, opened } = await exchange()
    const chunks = await collect(opened.sealParts(LISTS))
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const ended = vi.fn()
    const parts = await collect(sealed.openParts(connection(chunks, ended, held), { linger: 20 }))
    expect(textOf(parts)).toBe(TEXT)
    expect(ended).not.toHaveBeenCalled()
    release()
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce())
  })
})
