/** Long, endless and spliced responses of protocol 2.0: what they may take, and what is held of them. */
import {
  openRequest,
  sealRequest,
  type OpenedRequest,
  type SealedPart,
  type SealedRequest,
} from '@nomyo/core/exchange'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CONTEXT, data, META, meta, pad, request, respond } from './exchange-forge.js'
import { openAll, openByLoop, partsOf, readAll, streamOf } from './exchange-parts.js'
import { keyPair } from './keys.js'
import { say } from './say.js'
import { expectUndecryptable } from './undecryptable.js'

afterEach(() => void vi.unstubAllGlobals())

const MB = 1024 * 1024

/** Both sides of one exchange. */
interface Exchange {
  readonly sealed: SealedRequest
  readonly opened: OpenedRequest
}

async function exchange(): Promise<Exchange> {
  const pair = await keyPair('rsa2048')
  const inner = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: utf8('{}') }
  const sealed = await sealRequest(inner, pair.publicKey, CONTEXT)
  return { sealed, opened: await openRequest(sealed.bytes, pair, CONTEXT) }
}

/** Counts the parts that are taken from it. */
function counted(parts: Iterable<SealedPart>): { taken(): number; parts: Iterable<SealedPart> } {
  let count = 0
  const counting = function* (): Generator<SealedPart> {
    for (const part of parts) {
      count++
      yield part
    }
  }
  return { taken: () => count, parts: counting() }
}

function* stream(frames: number, bytes: number): Generator<SealedPart> {
  yield { kind: 'meta', meta: META }
  for (let i = 0; i < frames; i++) yield { kind: 'data', bytes: new Uint8Array(bytes) }
  yield { kind: 'pad', isFinal: true }
}

function* onePerList(parts: Iterable<SealedPart>): Generator<readonly SealedPart[]> {
  for (const part of parts) yield [part]
}

function* endless(kind: 'pad' | 'data'): Generator<SealedPart> {
  yield { kind: 'meta', meta: META }
  for (;;) yield kind === 'pad' ? { kind } : { kind, bytes: new Uint8Array(1000) }
}

describe('a length that is only announced', () => {
  /** The largest buffer that is made while `run` runs, in bytes. */
  async function largestBuffer(run: () => Promise<unknown>): Promise<number> {
    let largest = 0
    const watched = (Buffer: Uint8ArrayConstructor | ArrayBufferConstructor): object =>
      new Proxy(Buffer, {
        construct(target, parameters: [unknown], self) {
          if (typeof parameters[0] === 'number') largest = Math.max(largest, parameters[0])
          return Reflect.construct(target, parameters, self) as object
        },
      })
    vi.stubGlobal('Uint8Array', watched(Uint8Array))
    vi.stubGlobal('ArrayBuffer', watched(ArrayBuffer))
    await run()
    vi.unstubAllGlobals()
    return largest
  }

  it.each([
    [2 ** 31 - 1, 'refused'],
    [65_553, 'refused'],
    [65_552, 'waited for'],
  ])('of %i bytes is %s, and no room is made for it', async (length, what) => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, [meta(), data('x', true)])
    const header = new Uint8Array(4)
    new DataView(header.buffer).setUint32(0, length)
    const some = new Uint8Array(16)
    let error: unknown
    const largest = await largestBuffer(async () => {
      ;({ error } = await openByLoop(sealed, [head, frames[0]!, header, some, some]))
    })
    if (what === 'refused') expectUndecryptable(error)
    else expect(error).toMatchObject({ code: 'stream_truncated' })
    expect(largest).toBeLessThan(4096)
  })

  it('is what this finds, where room is made', async () => {
    expect(await largestBuffer(async () => new Uint8Array(5000))).toBe(5000)
  })
})

describe('an endless response', () => {
  it.each(['pad', 'data'] as const)('of %s frames ends at the limit, and asks for no more', async (kind) => {
    const { sealed, opened } = await exchange()
    const { taken, parts } = counted(endless(kind))
    const body = streamOf(parts).pipeThrough(opened.sealResponse({ frameBytes: 1024 }))
    const limits = kind === 'pad' ? { maxFrames: 50 } : { maxBodyBytes: 50_000 }
    const { error, parts: given } = await readAll(body.pipeThrough(sealed.openResponse(limits)))
    expectUndecryptable(error)
    expect(given.length).toBeLessThanOrEqual(51)
    expect(taken()).toBeLessThan(60)
  })
})

describe('a long response', () => {
  /** Sealed and opened as by the router and the client, or by transforms. */
  const ways = {
    loops: ({ sealed, opened }: Exchange, parts: Iterable<SealedPart>) =>
      sealed.openParts(opened.sealParts(onePerList(parts), { frameBytes: 1024 })),
    transforms: ({ sealed, opened }: Exchange, parts: Iterable<SealedPart>) => {
      const body = streamOf(parts).pipeThrough(opened.sealResponse({ frameBytes: 1024 }))
      return partsOf(body.pipeThrough(sealed.openResponse()))
    },
  }

  it.each<[number, keyof typeof ways]>([
    [200, 'transforms'],
    [200, 'loops'],
    [2000, 'loops'],
  ])('of %i frames, by %s, is never held but for a few of them', async (frames, way) => {
    const { taken, parts } = counted(stream(frames, 1021))
    let [read, most, bytes] = [0, 0, 0]
    for await (const part of ways[way](await exchange(), parts)) {
      read++
      if (part.kind === 'data') bytes += part.bytes.length
      most = Math.max(most, taken() - read)
    }
    expect([read, bytes]).toEqual([frames + 2, frames * 1021])
    expect(most).toBeLessThan(10)
    say(`2.0, ${way}: ${(bytes / MB).toFixed(2)} MiB streamed, at most ${most} frames of 1 KiB held`)
  })

  it('that nobody reads is not asked for', async () => {
    const { sealed, opened } = await exchange()
    const { taken, parts } = counted(stream(1000, 1021))
    const body = streamOf(parts).pipeThrough(opened.sealResponse({ frameBytes: 1024 }))
    const reader = body.pipeThrough(sealed.openResponse()).getReader()
    await reader.read()
    // As long as it takes to stream as much to somebody who reads it.
    const other = await exchange()
    const twin = streamOf(stream(200, 1021)).pipeThrough(other.opened.sealResponse({ frameBytes: 1024 }))
    await readAll(twin.pipeThrough(other.sealed.openResponse()))
    expect(taken()).toBeLessThan(10)
    await reader.cancel()
  })
})

describe('frames of two responses to one request', () => {
  it('cannot be put together, although both are genuine', async () => {
    const { sealed, secrets } = await request()
    const one = await respond(secrets, [meta(), data('one'), data('end', true)])
    const two = await respond(secrets, [meta(), data('two'), data('END', true)])
    const spliced = [
      [one.head, one.frames[0]!, two.frames[1]!, one.frames[2]!],
      [one.head, one.frames[0]!, one.frames[1]!, two.frames[2]!],
      [two.head, ...one.frames],
    ]
    for (const chunks of spliced) expectUndecryptable((await openAll(sealed, chunks)).error)
    expect((await openAll(sealed, [one.head, ...one.frames])).text).toBe('oneend')
  })
})

describe('after the final frame', () => {
  it.each([
    ['the final frame again', 2],
    ['another frame', 1],
    ['the beginning', 0],
  ])('%s is an error', async (_what, index) => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, [meta(), pad(), data('end', true)])
    const more = index === 0 ? concat(head, ...frames) : frames[index]!
    expectUndecryptable((await openAll(sealed, [head, ...frames, more])).error)
  })

  it('a byte that comes while the connection is held open is an error, too', async () => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, [meta(), data('end', true)])
    let late: ReadableStreamDefaultController<Uint8Array> | undefined
    const held = new ReadableStream<Uint8Array>({
      start(controller) {
        late = controller
        controller.enqueue(concat(head, ...frames))
      },
    })
    const reader = held.pipeThrough(sealed.openResponse({ linger: 60_000 })).getReader()
    expect((await reader.read()).value?.kind).toBe('meta')
    expect((await reader.read()).value?.kind).toBe('data')
    late!.enqueue(new Uint8Array(1))
    expectUndecryptable(await reader.read().catch((error: unknown) => error))
  })

  it('an empty piece is nothing', async () => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, [meta(), data('end', true)])
    const outcome = await openAll(sealed, [new Uint8Array(), head, ...frames, new Uint8Array()])
    expect(outcome).toMatchObject({ text: 'end', error: undefined })
  })
})
