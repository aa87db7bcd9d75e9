/** Answers of protocol 2.0 that somebody in between, or the router itself, has spoilt: through the whole client. */
import type { SecureChatCompletion } from '@nomyo/client'
import type { SealedPart } from '@nomyo/core/exchange'
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { DONE, event, EVENTS } from './support/events.ts'
import { API_KEY } from './support/markers.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { plain, startSealedRouter, type PlainReply, type SealedReply } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const ANSWER = 'marker-answer-77c0'
const WHOLE: SealedReply = { body: JSON.stringify(completion(ANSWER)) }
const STREAMED: SealedReply = { headers: EVENTS, body: pieces(event(ANSWER), event('b'), DONE) }
const FRAME = 1044

async function* pieces(...all: readonly (string | SealedPart)[]): AsyncGenerator<string | SealedPart> {
  yield* all
}

const over2 = (router: { readonly url: string }, options = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: '2.0', apiKey: API_KEY, maxRetries: 2, ...options })

/** Reads a streamed answer as far as it goes. */
async function read(client: SecureChatCompletion): Promise<{ text: string; error: Error }> {
  let text = ''
  const error = await failureOf(async () => {
    const stream = await client.create({ ...ask(), stream: true })
    for await (const { choices } of stream) text += choices[0]?.delta.content
  })
  return { text, error }
}

describe('frames', () => {
  /** The bytes before the frames, and the frames: META, a, b, [DONE], the end. */
  const rearranged =
    (order: (head: Uint8Array, frames: Uint8Array[]) => readonly Uint8Array[]) =>
    (bytes: Uint8Array): Uint8Array => {
      const frames = Array.from({ length: 5 }, (_, i) => bytes.subarray(68 + i * FRAME, 68 + (i + 1) * FRAME))
      return Buffer.concat(order(bytes.subarray(0, 68), frames))
    }
  const marked = (frame: Uint8Array, isFinal: boolean): Uint8Array =>
    frame.map((byte, i) => (i === 0 ? (byte & 0x7f) | (isFinal ? 0x80 : 0) : byte))

  test.each<[string, string, ReturnType<typeof rearranged>]>([
    ['swapped', '', rearranged((head, [a, b, c, d, e]) => [head, a!, c!, b!, d!, e!])],
    ['doubled', ANSWER, rearranged((head, [a, b, c, d, e]) => [head, a!, b!, b!, c!, d!, e!])],
    ['dropped', '', rearranged((head, [a, , c, d, e]) => [head, a!, c!, d!, e!])],
    ['promoted to the final one', '', rearranged((head, [a, b]) => [head, a!, marked(b!, true)])],
    [
      'demoted',
      `${ANSWER}b`,
      rearranged((head, [a, b, c, d, e]) => [head, a!, b!, c!, d!, marked(e!, false)]),
    ],
    ['followed by a byte', `${ANSWER}b`, rearranged((head, all) => [head, ...all, Uint8Array.of(0)])],
  ])(
    '%s are the one opaque error, not repeated, and nothing that is not right was given',
    async (_what, right, mangle) => {
      await using router = await startSealedRouter({
        onSealed: () => ({ ...STREAMED, body: pieces(event(ANSWER), event('b'), DONE), mangle }),
      })
      const { text, error } = await read(await over2(router))
      expect(error).toMatchObject({ name: 'SecurityError', code: 'decryption_failed' })
      expect(error).not.toHaveProperty('cause')
      expect(text).toBe(right)
      expectNoSecrets(error, [ANSWER])
      expect(router.sealed).toHaveLength(1)
    },
  )
})

test('an answer to the request before is refused, whole or streamed', async () => {
  for (const reply of [WHOLE, { ...STREAMED, body: event(ANSWER) + DONE }]) {
    let kept: Uint8Array | undefined
    const mangle = (bytes: Uint8Array): Uint8Array => (kept ??= bytes)
    await using router = await startSealedRouter({ onSealed: () => ({ ...reply, mangle }) })
    const client = await over2(router)
    await client.create(ask()).catch(() => undefined)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'decryption_failed' })
    expect(router.sealed).toHaveLength(2)
  }
})

describe('after the final frame', () => {
  test('a byte spoils a whole answer, too', async () => {
    const mangle = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Uint8Array.of(0)])
    await using router = await startSealedRouter({ onSealed: () => ({ ...WHOLE, mangle }) })
    expect(await failureOf(async () => (await over2(router)).create(ask()))).toMatchObject({
      code: 'decryption_failed',
    })
    expect(router.sealed).toHaveLength(1)
  })

  test('a connection that is held open is let go, and the answer is right', async () => {
    const after = (): void => undefined
    await using router = await startSealedRouter({
      onSealed: (_, count) => ({
        ...(count === 1 ? WHOLE : { ...STREAMED, body: event(ANSWER) + DONE }),
        after,
      }),
    })
    const client = await over2(router)
    const streamed = async (): Promise<string> => {
      let text = ''
      for await (const { choices } of await client.create({ ...ask(), stream: true })) {
        text += choices[0]?.delta.content ?? ''
      }
      return text
    }
    const [whole, text] = await Promise.all([client.create(ask()), streamed()])
    expect([whole.choices[0]?.message.content, text]).toEqual([ANSWER, ANSWER])
    expect(await Promise.all(router.sealed.map(({ closed }) => closed))).toEqual(['aborted', 'aborted'])
  })
})

describe('an answer that goes on for ever', () => {
  /** ms of an attempt: long enough for the answer to have begun, also on a busy machine. */
  const LIMIT = 2_000
  /** The header of a frame, then a byte every few ms, none of which is ever authenticated. */
  const trickle = (response: ServerResponse): void => {
    response.write(Uint8Array.of(0, 0, 4, 16))
    const timer = setInterval(() => response.write(Uint8Array.of(0)), 10)
    response.on('close', () => clearInterval(timer))
  }

  test('in bytes that nobody vouches for is given up, although something comes', async () => {
    const mangle = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, 68 + 2 * FRAME)
    await using router = await startSealedRouter({
      onSealed: () => ({ ...STREAMED, body: pieces(event(ANSWER), DONE), mangle, after: trickle }),
    })
    const { text, error } = await read(await over2(router, { timeout: LIMIT }))
    expect([text, error.name]).toEqual([ANSWER, 'APITimeoutError'])
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })

  test('in bytes before META is given up, too', async () => {
    await using router = await startSealedRouter({
      onSealed: () => ({ ...WHOLE, mangle: (bytes) => bytes.subarray(0, 68), after: trickle }),
    })
    const client = await over2(router, { timeout: LIMIT })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APITimeoutError' })
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })

  test('in PADs is given up when the attempt’s time is over, if it is wanted whole', async () => {
    async function* padding(): AsyncGenerator<SealedPart> {
      for (;;) yield await new Promise((resolve) => setTimeout(resolve, 10, { kind: 'pad' }))
    }
    await using router = await startSealedRouter({ onSealed: () => ({ body: padding() }) })
    const client = await over2(router, { timeout: LIMIT })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APITimeoutError' })
    expect(await router.sealed[0]!.closed).toBe('aborted')
    expect(router.sealed).toHaveLength(1)
  })

  test('in DATA is refused at the limit', async () => {
    async function* flood(): AsyncGenerator<string> {
      for (;;) yield 'x'.repeat(1000)
    }
    await using router = await startSealedRouter({ onSealed: () => ({ body: flood() }) })
    const client = await over2(router, { limits: { maxResponseBytes: 50_000 } })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'SecurityError' })
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })
})

describe('an answer in clear', () => {
  const typed = (status: number, type?: string): PlainReply => {
    const headers = type === undefined ? {} : { 'content-type': type }
    return (response) => void response.writeHead(status, headers).end(JSON.stringify(completion('in clear')))
  }
  test.each<[string, PlainReply]>([
    ['without a type', typed(200)],
    ['of text/plain', typed(200, 'text/plain')],
    ['of 1.0’s type', typed(200, 'application/octet-stream')],
    ['of the request’s type', typed(200, 'application/vnd.nomyo.sealed')],
    ['of nearly the right type', typed(200, 'application/vnd.nomyo.stream2')],
    ['of two types', typed(200, 'text/html, application/vnd.nomyo.stream')],
    ['in part', typed(206, 'application/vnd.nomyo.stream')],
    ['without content', (response) => void response.writeHead(204).end()],
  ])('%s is a SecurityError, not repeated', async (_what, reply) => {
    await using router = await startSealedRouter({ onSealed: () => reply })
    const client = await over2(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'answer_mismatch' })
    expect(router.sealed).toHaveLength(1)
    expect(await router.sealed[0]!.closed).toMatch(/finished|aborted/)
  })

  test('of the right type is the one opaque error', async () => {
    await using router = await startSealedRouter({
      onSealed: () => typed(200, 'application/vnd.nomyo.stream'),
    })
    const client = await over2(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'decryption_failed' })
    expect(router.sealed).toHaveLength(1)
  })
})

test.each<[string, Record<string, string>]>([
  ['as it is', {}],
  ['with x-should-retry', { 'x-should-retry': 'true' }],
  ['with Retry-After', { 'retry-after': '0' }],
])('a 400 %s is envelope_refused, and never repeated', async (_what, headers) => {
  await using router = await startSealedRouter({ onSealed: () => plain(400, { detail: 'No.' }, headers) })
  const client = await over2(router)
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'envelope_refused' })
  expect(router.sealed).toHaveLength(1)
})
