/** What is left behind by calls over protocol 2.0, however they end: nothing. */
import { createSecureFetch, type SecureChatCompletion } from '@nomyo/client'
import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { DONE, event, EVENTS, gate } from './support/events.ts'
import { plain, startSealedRouter, type PlainReply, type SealedReply } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const WHOLE: SealedReply = { body: JSON.stringify(completion('Sealed.')) }
const STREAMED: SealedReply = { headers: EVENTS, body: event('a') + DONE }

const over2 = (router: { readonly url: string }, options = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: '2.0', ...options })

/** How many signals Node 20 remembers to have been made of this one, whether or not they still exist. */
function dependants(signal: AbortSignal): number {
  const key = Object.getOwnPropertySymbols(signal).find(
    ({ description }) => description === 'kDependantSignals',
  )
  const known = key === undefined ? undefined : (Reflect.get(signal, key) as Set<unknown> | undefined)
  return known?.size ?? 0
}

/** Waits for ever after the first event. */
async function* silent(): AsyncGenerator<string> {
  yield event('first')
  await new Promise(() => undefined)
}

test('a signal that goes on keeps nothing of calls that are over, and Node warns of nothing', async () => {
  await using router = await startSealedRouter({ onSealed: (_, count) => (count % 2 ? WHOLE : STREAMED) })
  const client = await over2(router)
  const { signal } = new AbortController()
  const warned = vi.spyOn(process, 'emitWarning')
  const call = async (stream: boolean): Promise<void> => {
    const answer = await client.create({ ...ask(), stream }, { signal }).catch(() => undefined)
    if (answer !== undefined && Symbol.asyncIterator in answer) for await (const _ of answer);
  }
  await Promise.all(Array.from({ length: 30 }, (_, i) => call(i % 2 === 0)))
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1)
  expect(dependants(signal)).toBe(0)
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test('this finds what AbortSignal.any leaves on Node 20', ({ skip }) => {
  if (!process.version.startsWith('v20.')) skip('only Node 20 keeps them')
  const { signal } = new AbortController()
  for (let i = 0; i < 3; i++) AbortSignal.any([signal])
  expect(dependants(signal)).toBe(3)
})

describe('the connection is let go after', () => {
  test.each<[string, SealedReply | PlainReply]>([
    ['an answer', WHOLE],
    ['a failure that came sealed', { status: 404, body: '{}' }],
    ['a sealed failure whose body stands still', { status: 404, body: silent() }],
    ['a refusal in clear', plain(400, {})],
    ['an answer in clear', plain(200, {})],
    ['another key, twice', plain(422, {})],
    ['a sealed answer that is no completion', { body: '{}' }],
    ['a sealed answer without a body', { status: 204, body: '' }],
    ['a cut answer', { ...WHOLE, mangle: (bytes) => bytes.subarray(0, 100) }],
    [
      'an altered answer that stays open',
      { ...WHOLE, mangle: (bytes) => bytes.fill(0, 80, 90), after: () => undefined },
    ],
    ['a clock refusal that stays open', { status: 400, refused: 'clock', t: 1, body: silent() }],
  ])('%s', async (_what, reply) => {
    await using router = await startSealedRouter({ onSealed: () => reply })
    const client = await over2(router, { timeout: 400 })
    await client.create(ask()).catch(() => undefined)
    for (const { closed } of router.requests) expect(await closed).toMatch(/finished|aborted/)
  })

  test.each([
    ['a streamed answer that has no body, by its status', { status: 204, body: silent() }],
    ['an answer whose body is cancelled unread', { body: silent() }],
  ])('%s, of a fetch', async (_what, reply) => {
    await using router = await startSealedRouter({ onSealed: () => reply })
    const fetch = createSecureFetch({ baseURL: router.url, allowHttp: true, logLevel: 'off' })
    const response = await fetch(`${router.url}/v1/embeddings`, { method: 'POST', body: '{}' })
    await response.body?.cancel()
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })
})

describe('[DONE]', () => {
  const post = (url: string): Promise<Response> =>
    createSecureFetch({ baseURL: url, allowHttp: true, logLevel: 'off' })(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...ask(), stream: true }),
    })

  test('in what the model says does not hold up the stream', async () => {
    const rest = gate()
    async function* body(): AsyncGenerator<string> {
      yield event('data: [DONE]')
      await rest.opened
      yield DONE
    }
    await using router = await startSealedRouter({ onSealed: () => ({ headers: EVENTS, body: body() }) })
    const reader = (await post(router.url)).body!.getReader()
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe(event('data: [DONE]'))
    rest.open()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(DONE)
  })

  test.each(['data: [DONE]\n\n', 'data:[DONE]\r\n\r\n'])(
    '%j that is cut anywhere is held back',
    async (done) => {
      for (let at = 0; at <= done.length; at++) {
        async function* body(): AsyncGenerator<string> {
          yield `data: {"choices":[]}\n\n${done.slice(0, at)}`
          yield done.slice(at)
        }
        const mangle = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -1)
        await using router = await startSealedRouter({
          onSealed: () => ({ headers: EVENTS, body: body(), mangle }),
        })
        let text = ''
        const error = await failureOf(async () => {
          for await (const part of (await post(router.url)).body!) text += new TextDecoder().decode(part)
        })
        expect([error.name, text]).toEqual(['StreamTruncatedError', 'data: {"choices":[]}\n\n'])
      }
    },
  )

  test('followed by ever more is not copied again and again', async () => {
    const times = 200
    async function* body(): AsyncGenerator<string> {
      yield DONE
      for (let i = 0; i < times; i++) yield 'x'.repeat(1000)
    }
    await using router = await startSealedRouter({ onSealed: () => ({ headers: EVENTS, body: body() }) })
    const response = await post(router.url)
    const { set } = Uint8Array.prototype
    let copied = 0
    Uint8Array.prototype.set = function (bytes, offset) {
      copied += bytes.length
      set.call(this, bytes, offset)
    }
    const { length } = await response.text().finally(() => (Uint8Array.prototype.set = set))
    expect(length).toBe(DONE.length + 1000 * times)
    // Each byte a few times, for frames and for joining; in one piece that grows it would be 20 MB.
    expect(copied).toBeLessThan(4_000_000)
  })
})

test('a process in which calls fail has no rejection that nobody hears of', async () => {
  const heard: unknown[] = []
  const hear = (reason: unknown): void => void heard.push(reason)
  process.on('unhandledRejection', hear)
  const wrongs: (SealedReply | PlainReply)[] = [
    (response) => void response.socket?.resetAndDestroy(),
    { ...STREAMED, mangle: (bytes) => bytes.subarray(0, 500) },
    { ...STREAMED, mangle: (bytes) => bytes.fill(0, 1200, 1300) },
    { ...STREAMED, body: silent() },
    plain(503, {}),
    { ...STREAMED, last: { kind: 'error', code: 'x', message: 'y' } },
  ]
  let count = 0
  await using router = await startSealedRouter({ onSealed: () => wrongs[count++ % wrongs.length]! })
  const client = await over2(router)
  const controller = new AbortController()
  const calls = wrongs.flatMap(() => [
    failureOf(async () => {
      for await (const _ of await client.create({ ...ask(), stream: true }, { signal: controller.signal }));
    }),
    failureOf(() => client.create(ask(), { signal: controller.signal })),
  ])
  await expect.poll(() => router.sealed.length).toBe(calls.length)
  await Promise.race(calls)
  controller.abort()
  await Promise.all(calls)
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', hear)
  expect(heard).toEqual([])
})
