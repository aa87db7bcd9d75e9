/** Protocol 2.0 without a network: a sealed request, and an answer that arrives in frames. */
import { SecurityError, StreamTruncatedError } from '@nomyo/core'
import { openRequest, sealRequest, type ResponsePart, type SealedPart } from '@nomyo/core/exchange'
import { equal, failureOf, fails, ok } from './expect.ts'
import { testKey, textOf, utf8, type Bytes } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'
import { all, inPieces, iteratorOf, joined, streamOf } from './streams.ts'
import type { Context } from './context.ts'

const CALL = { payloadID: 'b7d3c0de-1111-4222-8333-944455556666', tier: 'high', authorization: 'Bearer key' }
const REQUEST = {
  method: 'POST',
  path: '/v1/chat/completions?x=1',
  headers: { accept: '*/*' },
  body: utf8('{"a":"Grüße"}'),
}
const META = { status: 200, headers: {}, payload_id: CALL.payloadID, caps_hash: 'A'.repeat(43) + '=', t: 1 }
const data = (text: string, isFinal = false): SealedPart => ({ kind: 'data', bytes: utf8(text), isFinal })
const PARTS: readonly SealedPart[] = [
  { kind: 'meta', meta: META },
  data('one '),
  data('two '.repeat(2000)),
  data('three', true),
]

/** Bytes of an answer before its first frame. */
const HEAD_BYTES = 68

/** A request that was sealed and opened, and its answer: what comes before the frames, then the frames. */
async function exchange(context: Context): Promise<{
  readonly sealed: Awaited<ReturnType<typeof sealRequest>>
  readonly chunks: readonly Uint8Array[]
}> {
  const pair = await testKey(context, 'rsa2048')
  const sealed = await sealRequest(REQUEST, pair.publicKey, CALL)
  const opened = await openRequest(sealed.bytes, pair, CALL)
  const bytes = joined(await all(streamOf(PARTS).pipeThrough(opened.sealResponse({ frameBytes: 1024 }))))
  return { sealed, chunks: [bytes.slice(0, HEAD_BYTES), ...framesIn(bytes)] }
}

function framesIn(bytes: Bytes): Bytes[] {
  const frames: Bytes[] = []
  for (let start = HEAD_BYTES; start < bytes.length;) {
    const end = start + 4 + (new DataView(bytes.buffer).getUint32(start) & 0x7fff_ffff)
    frames.push(bytes.slice(start, end))
    start = end
  }
  return frames
}

const textIn = (parts: readonly ResponsePart[]): string =>
  parts.map((part) => (part.kind === 'data' ? textOf(part.bytes) : '')).join('')

const TEXT = `one ${'two '.repeat(2000)}three`

export const exchangeCases: readonly Case[] = [
  everywhere(
    'exchange',
    'a request opens as it was sealed, once it is bound to its headers',
    async (context) => {
      const pair = await testKey(context, 'rsa4096')
      const { bytes } = await sealRequest(REQUEST, pair.publicKey, CALL, { issuedAt: 1_700_000_000_123 })
      const { request, issuedAt } = await openRequest(bytes, pair, CALL)
      equal({ ...request, body: textOf(request.body) }, { ...REQUEST, body: textOf(REQUEST.body) })
      equal(issuedAt, 1_700_000_000_123)
      for (const other of [{ tier: 'standard' }, { payloadID: 'x' }, { authorization: 'Bearer other' }]) {
        await fails(SecurityError, 'decryption_failed', () => openRequest(bytes, pair, { ...CALL, ...other }))
      }
    },
  ),

  ...[1, 7, 68, 1044, 1_000_000].map((size) =>
    everywhere(
      'exchange',
      `an answer opens in pieces of ${size} bytes, as a stream and in a loop`,
      async (context) => {
        const { sealed, chunks } = await exchange(context)
        const pieces = inPieces(joined(chunks), size)
        const looped: ResponsePart[] = []
        for await (const part of sealed.openParts(iteratorOf(pieces))) looped.push(part)
        for (const parts of [await all(streamOf(pieces).pipeThrough(sealed.openResponse())), looped]) {
          equal(parts[0], { kind: 'meta', meta: META })
          equal(textIn(parts), TEXT)
        }
      },
    ),
  ),

  everywhere('exchange', 'each part is released as soon as it is whole', async (context) => {
    const { sealed, chunks } = await exchange(context)
    const opener = sealed.openResponse()
    const [writer, reader] = [opener.writable.getWriter(), opener.readable.getReader()]
    for (const chunk of chunks.slice(0, 3)) void writer.write(chunk).catch(() => undefined)
    equal((await reader.read()).value?.kind, 'meta')
    const part = (await reader.read()).value
    ok(part?.kind === 'data' && textOf(part.bytes) === 'one ', 'the first words came before the others')
    await reader.cancel()
  }),

  everywhere('exchange', 'an answer that is cut off after any frame is truncated', async (context) => {
    const { sealed, chunks } = await exchange(context)
    for (let length = 1; length < chunks.length; length++) {
      const seen: ResponsePart[] = []
      await fails(StreamTruncatedError, 'stream_truncated', () =>
        all(streamOf(chunks.slice(0, length)).pipeThrough(sealed.openResponse()), seen),
      )
      ok(TEXT.startsWith(textIn(seen)), 'what was released before is of the answer')
    }
  }),

  everywhere(
    'exchange',
    'of an answer that was changed nothing behind the change is released',
    async (context) => {
      const { sealed, chunks } = await exchange(context)
      for (let index = 1; index < chunks.length; index++) {
        const damaged = chunks.map((chunk, i) =>
          i === index ? chunk.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : chunk,
        )
        const seen: ResponsePart[] = []
        await fails(SecurityError, 'decryption_failed', () =>
          all(streamOf(damaged).pipeThrough(sealed.openResponse()), seen),
        )
        equal(seen.length, index - 1, 'the number of parts that were released')
      }
    },
  ),

  everywhere(
    'exchange',
    'frames that change places, or belong to another answer, are refused',
    async (context) => {
      const [one, two] = [await exchange(context), await exchange(context)]
      const [head, meta, first, second, ...rest] = one.chunks
      for (const chunks of [
        [head!, meta!, second!, first!, ...rest],
        [head!, meta!, two.chunks[2]!, second!, ...rest],
        two.chunks,
      ]) {
        await fails(SecurityError, 'decryption_failed', () =>
          all(streamOf(chunks).pipeThrough(one.sealed.openResponse())),
        )
      }
    },
  ),

  everywhere('exchange', 'a source that breaks breaks what is read from it', async (context) => {
    const { sealed, chunks } = await exchange(context)
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(chunks[0]!)
        controller.enqueue(chunks[1]!)
      },
      pull: (controller) => controller.error(new Error('broken')),
    })
    await failureOf(() => all(broken.pipeThrough(sealed.openResponse())))
  }),
]
