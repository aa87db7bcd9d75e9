/** Every way to alter a response of protocol 2.0 that its text names, each with what must come of it. */
import { StreamTruncatedError } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CONTEXT, data, META, meta, pad, request, respond, type FrameRecipe } from './exchange-forge.js'
import { openAll, openByLoop, readAll, type Outcome } from './exchange-parts.js'
import { say } from './say.js'
import { expectAllUndecryptable, expectUndecryptable } from './undecryptable.js'

const SECRET = 'the answer that nobody may see'

/** Opens a response of these frames; `alter` may change the bytes. */
async function outcomeOf(
  frames: readonly FrameRecipe[],
  alter: (response: { head: Uint8Array; frames: Uint8Array[] }) => readonly Uint8Array[] = ({
    head,
    frames: all,
  }) => [head, ...all],
  options = {},
): Promise<Outcome> {
  const { sealed, secrets } = await request()
  return openAll(sealed, alter(await respond(secrets, frames)), options)
}

function expectRefused({ error }: Outcome): void {
  expectUndecryptable(error, [SECRET])
}

const WHOLE = [meta(), data(SECRET), pad(), data(' and more', true)]

describe('a response', () => {
  it('that is right opens, so that what follows proves something', async () => {
    expect(await outcomeOf(WHOLE)).toMatchObject({ text: `${SECRET} and more`, error: undefined })
  })

  const LAYOUTS: [string, readonly FrameRecipe[]][] = [
    ['whole', [meta(), data(SECRET, true)]],
    ['streamed', [meta(), data(SECRET), pad(), pad(true)]],
  ]

  it.each(LAYOUTS)('that is %s and cut at any byte is truncated', async (layout, recipes) => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, recipes)
    const bytes = concat(head, ...frames)
    const cuts = Array.from({ length: bytes.length }, (_, length) => length)
    const outcomes = await Promise.all(cuts.map((length) => openByLoop(sealed, [bytes.slice(0, length)])))
    expect(outcomes.filter(({ error }) => !StreamTruncatedError.isInstance(error))).toEqual([])
    // Nothing of a frame that is not whole: META from its last byte on, the text from its own.
    const ends = frames.map((_, i) => concat(head, ...frames.slice(0, i + 1)).length)
    expect(outcomes.map(({ parts }) => parts.length)).toEqual(
      cuts.map((length) => ends.filter((end) => end <= length).length),
    )
    say(`2.0, ${layout}: ${cuts.length} cuts of a response, ${outcomes.length} found to be truncated`)
  })

  it.each(LAYOUTS)('that is %s, with any byte changed, is refused', async (layout, recipes) => {
    const { sealed, secrets } = await request()
    const { head, frames } = await respond(secrets, recipes)
    const bytes = concat(head, ...frames)
    const outcomes = await Promise.all(
      Array.from(bytes, async (byte, at) => {
        const altered = bytes.slice()
        altered[at] = byte ^ (1 << (at % 8))
        return openByLoop(sealed, [altered])
      }),
    )
    const errors = outcomes.map(({ error }) => error).filter((error) => error !== undefined)
    // A changed length may ask for more than there is: then the end comes too early.
    expectAllUndecryptable(
      errors.filter((error) => !StreamTruncatedError.isInstance(error)),
      [SECRET],
    )
    expect(errors.length).toBe(bytes.length)
    say(
      `2.0, ${layout}: ${bytes.length} bytes of a response changed one by one, ${errors.length} changes found`,
    )
  })

  it.each<[string, Parameters<typeof outcomeOf>[1]]>([
    ['frames swapped', ({ head, frames: [a, b, c, d] }) => [head, a!, c!, b!, d!]],
    ['a frame doubled', ({ head, frames: [a, b, c, d] }) => [head, a!, b!, b!, c!, d!]],
    ['a frame dropped', ({ head, frames: [a, , c, d] }) => [head, a!, c!, d!]],
    ['META dropped', ({ head, frames: [, b, c, d] }) => [head, b!, c!, d!]],
    ['a frame promoted to the final one', ({ head, frames: [a, b] }) => [head, a!, withFinalBit(b!, true)]],
    [
      'the final frame demoted',
      ({ head, frames: [a, b, c, d] }) => [head, a!, b!, c!, withFinalBit(d!, false)],
    ],
    ['a byte after the final frame', ({ head, frames: all }) => [head, ...all, Uint8Array.of(0)]],
    [
      'a byte after it, in the same piece',
      ({ head, frames: all }) => [concat(head, ...all, Uint8Array.of(0))],
    ],
  ])('with %s is refused', async (_what, alter) => {
    expectRefused(await outcomeOf(WHOLE, alter))
  })

  it.each([0, 18, 65_553, 2 ** 31 - 1])(
    'with a frame of %i bytes is refused at its header, before anything is allocated',
    async (length) => {
      const { sealed, secrets } = await request()
      const { head, frames } = await respond(secrets, WHOLE)
      const header = new Uint8Array(4)
      new DataView(header.buffer).setUint32(0, length)
      // The stream stays open, so that only the header can be what is refused.
      const open = new ReadableStream<Uint8Array>({
        start: (controller) => [head, frames[0]!, header].forEach((bytes) => controller.enqueue(bytes)),
      })
      expectRefused(await readAll(open.pipeThrough(sealed.openResponse())))
    },
  )

  it.each<[string, readonly FrameRecipe[]]>([
    ['padding that is not zero', [meta(), { ...data(SECRET, true), padding: Uint8Array.of(0, 0, 1) }]],
    ['a length beyond the frame', [meta(), { ...data('ab', true), length: 300 }]],
    ['frame 0 not META', [data(SECRET), data('x', true)]],
    ['a PAD before META', [pad(), meta(), data('x', true)]],
    ['a second META', [meta(), meta(), data('x', true)]],
    ['a PAD with content', [meta(), { type: 0, content: utf8('x') }, data('x', true)]],
    ['an unknown type', [meta(), { type: 4, content: utf8('x') }, data('x', true)]],
    ['an unknown final type', [meta(), { type: 255, content: utf8('x'), isFinal: true }]],
    [
      'an ERROR that is not final',
      [meta(), { type: 3, content: utf8('{"code":"a","message":"b"}') }, data('x', true)],
    ],
    ['an ERROR that is no JSON', [meta(), { type: 3, content: utf8('x'), isFinal: true }]],
    ['a count that starts at 1', [meta(), { ...data('x', true), index: 2 }]],
    [
      'another payload id',
      [meta({ ...META, payload_id: CONTEXT.payloadID.replace('1', '2') }), data('x', true)],
    ],
    ['a META that is no JSON', [{ type: 1, content: utf8('no') }, data('x', true)]],
    ['a META without a status', [meta({ ...META, status: undefined }), data('x', true)]],
    ['a META with status 99', [meta({ ...META, status: 99 }), data('x', true)]],
    ['a META with headers of numbers', [meta({ ...META, headers: { a: 1 } }), data('x', true)]],
    ['a META with CRLF in a header', [meta({ ...META, headers: { a: 'b\r\nc: d' } }), data('x', true)]],
    ['a META with a short caps_hash', [meta({ ...META, caps_hash: 'AAAA' }), data('x', true)]],
    [
      'a META with __proto__',
      [{ type: 1, content: utf8(JSON.stringify(META).replace('{', '{"__proto__":{},')) }, data('x', true)],
    ],
  ])('with %s is refused', async (_what, frames) => {
    expectRefused(await outcomeOf(frames))
  })

  it.each([
    ['magic', 0],
    ['mode', 4],
    ['reserved byte', 5],
    ['length', 7],
  ])('with another %s is refused, although its key unwraps', async (_what, at) => {
    const { sealed, secrets } = await request()
    const magic = Uint8Array.of(0x4e, 0x4d, 0x53, 0x32, 1, 0, 0, 60)
    magic[at]! ^= 1
    const { head, frames } = await respond(secrets, WHOLE, magic)
    expectRefused(await openAll(sealed, [head, ...frames]))
  })

  it('that answers another request is refused', async () => {
    const [one, two] = [await request(), await request()]
    const { head, frames } = await respond(two.secrets, WHOLE)
    expectRefused(await openAll(one.sealed, [head, ...frames]))
  })

  it('with more frames than allowed is refused, empty ones too; the default is 2^20', async () => {
    const frames = [meta(), pad(), pad(), pad(), pad(true)]
    expect((await outcomeOf(frames, undefined, { maxFrames: 5 })).error).toBeUndefined()
    expectRefused(await outcomeOf(frames, undefined, { maxFrames: 4 }))
    const { MAX_FRAMES, MAX_RESPONSE_BYTES } = await import('../src/exchange/wire.js')
    expect([MAX_FRAMES, MAX_RESPONSE_BYTES]).toEqual([1_048_576, 67_108_864])
  })

  it('with more DATA than allowed is refused', async () => {
    const frames = [meta(), data('12345'), data('6', true)]
    expect((await outcomeOf(frames, undefined, { maxBodyBytes: 6 })).text).toBe('123456')
    expectRefused(await outcomeOf(frames, undefined, { maxBodyBytes: 5 }))
  })
})

function withFinalBit(frame: Uint8Array, isFinal: boolean): Uint8Array {
  const copy = frame.slice()
  copy[0] = (copy[0]! & 0x7f) | (isFinal ? 0x80 : 0)
  return copy
}
