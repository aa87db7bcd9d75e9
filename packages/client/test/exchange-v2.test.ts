/** One call over protocol 2.0: what travels, what comes back, and every way in which it can fail. */
import { APIError, StreamTruncatedError, type OpenEvent, type SealEvent } from '@nomyo/client'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { event, DONE, EVENTS, gate } from './support/events.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import {
  plain,
  startSealedRouter,
  type ArrivedRequest,
  type PlainReply,
  type SealedReply,
} from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const PROMPT = 'marker-prompt-5d1a'
const ANSWER = 'marker-answer-77c0'
const API_KEY = 'sk-marker-9e2f'
const ECHO = `no ${API_KEY} \u001b[2J${'z'.repeat(5000)}`
const WHOLE: SealedReply = { body: JSON.stringify(completion(ANSWER)) }

const textOf = (request: ArrivedRequest): string => new TextDecoder().decode(request.inner?.body)

describe('a call', () => {
  test('has everything inside but the three headers, and a fresh envelope each time', async () => {
    await using router = await startSealedRouter({ onSealed: () => WHOLE })
    const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY, securityTier: 'high' })
    await client.create({ ...ask(PROMPT), temperature: 0 })
    await client.create(ask(PROMPT))
    const [one, two] = router.sealed
    expect(one!.inner).toMatchObject({ method: 'POST', path: '/v1/chat/completions' })
    expect(JSON.parse(textOf(one!))).toEqual({ ...ask(PROMPT), temperature: 0 })
    expect(one!.headers).toMatchObject({
      'authorization': `Bearer ${API_KEY}`,
      'x-security-tier': 'high',
      'content-type': 'application/vnd.nomyo.sealed',
    })
    expect(one!.headers['x-payload-id']).not.toBe(two!.headers['x-payload-id'])
    expectNoSecrets(Buffer.from(one!.body).toString('latin1'), [PROMPT])
  })

  test('brings an answer with its metadata', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ ...WHOLE, t: 1_700_000_000_500 }) })
    const client = await clientOf(router, { protocol: '2.0' })
    const answer = await client.create(ask())
    expect(answer.choices[0]?.message.content).toBe(ANSWER)
    expect(answer._metadata).toEqual({
      payload_id: router.sealed[0]!.headers['x-payload-id'],
      processed_at: 1_700_000_000.5,
      is_encrypted: true,
      encryption_algorithm: 'hybrid-aes256-rsa4096',
    })
    expect(Reflect.get(answer, '_request_id')).toBe('req-test')
  })

  test('tells its hooks sizes, times and what went over the wire', async () => {
    await using router = await startSealedRouter({ onSealed: () => WHOLE })
    const events: (SealEvent | OpenEvent)[] = []
    const keep = (told: SealEvent | OpenEvent): void => void events.push(told)
    const client = await clientOf(router, { protocol: '2.0', onSeal: keep, onOpen: keep })
    await client.create(ask(PROMPT))
    const [sealed, opened] = events as [SealEvent, OpenEvent]
    expect(sealed).toMatchObject({ protocol: '2.0', plaintextBytes: textOf(router.sealed[0]!).length })
    expect(sealed.envelope).toEqual(router.sealed[0]!.body)
    expect(opened).toMatchObject({ protocol: '2.0', plaintextBytes: (WHOLE.body as string).length })
    expect(opened.envelope).toHaveLength(opened.envelopeBytes)
    expectNoSecrets(Buffer.from(opened.envelope).toString('latin1'), [ANSWER])
  })
})

describe('a stream', () => {
  test('yields chunks as they arrive', async () => {
    const rest = gate()
    async function* body(): AsyncGenerator<string> {
      yield event('first')
      await rest.opened
      yield event('second') + DONE
    }
    await using router = await startSealedRouter({ onSealed: () => ({ headers: EVENTS, body: body() }) })
    const client = await clientOf(router, { protocol: '2.0' })
    const stream = await client.create({ ...ask(), stream: true })
    expect(JSON.parse(textOf(router.sealed[0]!))).toMatchObject({ stream: true })
    const chunks = stream[Symbol.asyncIterator]()
    const first = await chunks.next()
    expect(first.value?.choices[0]?.delta.content).toBe('first')
    expect(first.value?._metadata?.payload_id).toBe(router.sealed[0]!.headers['x-payload-id'])
    rest.open()
    const second = await chunks.next()
    expect(second.value?.choices[0]?.delta.content).toBe('second')
    expect(second.value?._metadata).toBeUndefined()
    expect((await chunks.next()).done).toBe(true)
  })

  test.each<
    [string, (stream: { controller: AbortController }, own: AbortController, close: () => void) => boolean]
  >([
    ['break', () => true],
    ['controller.abort()', ({ controller }) => (controller.abort(), false)],
    ['the caller’s signal', (_, own) => (own.abort(), false)],
    ['close()', (_, __, close) => (close(), false)],
  ])('%s reaches the router', async (what, stop) => {
    async function* body(): AsyncGenerator<string> {
      yield event('first')
      await new Promise(() => undefined)
    }
    await using router = await startSealedRouter({ onSealed: () => ({ headers: EVENTS, body: body() }) })
    const client = await clientOf(router, { protocol: '2.0' })
    const own = new AbortController()
    const stream = await client.create({ ...ask(), stream: true }, { signal: own.signal })
    const read = async (): Promise<void> => {
      for await (const _ of stream) if (stop(stream, own, () => client.close())) break
    }
    const ending = read().then(
      () => 'without an error',
      (error: Error) => error.name,
    )
    expect(await router.sealed[0]!.closed).toBe('aborted')
    const isSilent = what === 'break' || what === 'controller.abort()'
    expect(await ending).toBe(isSilent ? 'without an error' : 'APIUserAbortError')
  })

  test('that is answered as a whole comes as chunks all the same', async () => {
    await using router = await startSealedRouter({ onSealed: () => WHOLE })
    const client = await clientOf(router, { protocol: '2.0' })
    let text = ''
    for await (const chunk of await client.create({ ...ask(), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toBe(ANSWER)
  })

  test('that stands still is given up, and only an authenticated part starts the time anew', async () => {
    async function* body(): AsyncGenerator<string> {
      yield event('first')
      await new Promise(() => undefined)
    }
    await using router = await startSealedRouter({ onSealed: () => ({ headers: EVENTS, body: body() }) })
    const client = await clientOf(router, { protocol: '2.0', timeout: 2_000 })
    const stream = await client.create({ ...ask(), stream: true })
    const error = await failureOf(async () => {
      for await (const _ of stream);
    })
    expect(error).toMatchObject({ name: 'APITimeoutError' })
    expect(await router.sealed[0]!.closed).toBe('aborted')
  })

  test('that is wrong in its midst is ended by its signal: not every engine ends it for a cancelled body', async () => {
    const mangle = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 1200 ? byte ^ 1 : byte))
    await using router = await startSealedRouter({
      onSealed: () => ({ headers: EVENTS, body: event('first') + event('second') + DONE, mangle }),
    })
    const signals: AbortSignal[] = []
    const client = await clientOf(router, {
      protocol: '2.0',
      fetch: (input, init) => {
        if (init?.signal) signals.push(init.signal)
        return fetch(input, init)
      },
    })
    const read = async (): Promise<void> => {
      for await (const _ of await client.create({ ...ask(), stream: true }));
    }
    expect(await failureOf(read)).toMatchObject({ code: 'decryption_failed' })
    expect(signals.at(-1)!.aborted).toBe(true)
  })
})

describe('an answer that is not whole', () => {
  const cut = (keep: (length: number) => number): SealedReply => ({
    headers: EVENTS,
    body: event('first') + event('second') + DONE,
    mangle: (bytes) => bytes.subarray(0, keep(bytes.length)),
  })

  test.each([
    ['in its head', (): number => 30],
    ['before META', (): number => 68],
    ['after META', (): number => 68 + 1044],
    ['before its final frame', (length: number): number => length - 1044],
    ['by one byte', (length: number): number => length - 1],
  ])('cut %s is StreamTruncatedError, not repeated', async (_, keep) => {
    await using router = await startSealedRouter({ onSealed: () => cut(keep) })
    const client = await clientOf(router, { protocol: '2.0', maxRetries: 2 })
    const error = await failureOf(async () => {
      for await (const _chunk of await client.create({ ...ask(), stream: true }));
    })
    expect(error).toBeInstanceOf(StreamTruncatedError)
    expect(router.sealed).toHaveLength(1)
  })

  test('with a byte changed is the one opaque error, not repeated', async () => {
    const mangle = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 1500 ? byte ^ 1 : byte))
    await using router = await startSealedRouter({ onSealed: () => ({ ...WHOLE, mangle }) })
    const client = await clientOf(router, { protocol: '2.0', maxRetries: 2 })
    const error = await failureOf(() => client.create(ask(PROMPT)))
    expect(error).toMatchObject({ name: 'SecurityError', code: 'decryption_failed' })
    expectNoSecrets(error, [PROMPT, ANSWER])
    expect(router.sealed).toHaveLength(1)
  })

  test('whose connection breaks is repeated as a whole, sealed afresh', async () => {
    const broken: PlainReply = (response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.nomyo.stream', 'content-length': '5000' })
      response.write(Buffer.alloc(10), () => response.socket?.resetAndDestroy())
    }
    await using router = await startSealedRouter({ onSealed: (_, count) => (count === 1 ? broken : WHOLE) })
    const client = await clientOf(router, { protocol: '2.0', maxRetries: 1 })
    expect((await client.create(ask())).choices[0]?.message.content).toBe(ANSWER)
    expect(router.sealed[0]!.headers['x-payload-id']).not.toBe(router.sealed[1]!.headers['x-payload-id'])
  })

  test('because the model’s server failed says so, authenticated', async () => {
    const last = { kind: 'error', code: 'backend_broke_off', message: 'It broke off.' } as const
    await using router = await startSealedRouter({
      onSealed: () => ({ headers: EVENTS, body: event('first'), last }),
    })
    const client = await clientOf(router, { protocol: '2.0' })
    const error = await failureOf(async () => {
      for await (const _ of await client.create({ ...ask(), stream: true }));
    })
    expect(error).toMatchObject({ status: 502, apiCode: 'backend_broke_off', authenticated: true })
  })

  test.each<[string, SealedReply]>([
    ['the last frame', { last: { kind: 'error', code: 'c', message: ECHO } }],
    ['a code', { last: { kind: 'error', code: ECHO, message: 'no' } }],
    ['an event', { body: `data: ${JSON.stringify({ error: { message: ECHO, code: ECHO } })}\n\n` }],
    ['a whole answer', { headers: { 'x-echo': API_KEY }, body: JSON.stringify({ detail: ECHO }) }],
  ])('in words that hold our API key or escapes says so without them: %s', async (_where, reply) => {
    await using router = await startSealedRouter({
      onSealed: () => ({ headers: EVENTS, body: event('first'), ...reply }),
    })
    const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
    const error = await failureOf(async () => {
      for await (const _ of await client.create({ ...ask(), stream: true }));
    })
    expect(error).toBeInstanceOf(APIError)
    expect(error.message.length).toBeLessThan(600)
    expect(error.message).not.toContain('\u001b')
    expectNoSecrets(error, [API_KEY])
  })

  test('because its events end without [DONE] is StreamTruncatedError', async () => {
    await using router = await startSealedRouter({
      onSealed: () => ({ headers: EVENTS, body: event('first') }),
    })
    const client = await clientOf(router, { protocol: '2.0' })
    const error = await failureOf(async () => {
      for await (const _ of await client.create({ ...ask(), stream: true }));
    })
    expect(error).toBeInstanceOf(StreamTruncatedError)
  })
})

describe('a refusal', () => {
  test('of the envelope is InvalidRequestError envelope_refused, not repeated', async () => {
    await using router = await startSealedRouter({ onSealed: () => plain(400, { detail: 'No.' }) })
    const client = await clientOf(router, { protocol: '2.0', maxRetries: 2 })
    const error = await failureOf(() => client.create(ask()))
    expect(error).toMatchObject({
      name: 'InvalidRequestError',
      code: 'envelope_refused',
      authenticated: false,
    })
    expect(router.sealed).toHaveLength(1)
  })

  test('that is sealed is authenticated, in the words of the model’s server', async () => {
    const body = JSON.stringify({ error: { message: 'No such model.', code: 'model_not_found' } })
    await using router = await startSealedRouter({ onSealed: () => ({ status: 404, body }) })
    const client = await clientOf(router, { protocol: '2.0' })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({
      ...{ name: 'NotFoundError', detail: 'No such model.', apiCode: 'model_not_found', authenticated: true },
    })
  })

  test.each([200, 201])('%i of another kind is a SecurityError', async (status) => {
    await using router = await startSealedRouter({ onSealed: () => plain(status, completion('in clear')) })
    const client = await clientOf(router, { protocol: '2.0', maxRetries: 2 })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'answer_mismatch' })
    expect(router.sealed).toHaveLength(1)
  })
})

describe('the clock', () => {
  const refusal = (t: number): SealedReply => ({
    ...{ status: 400, refused: 'clock', t },
    body: JSON.stringify({ error: { message: 'The clock.' } }),
  })

  test('is set by a sealed refusal, once, with a warning, and stays so', async () => {
    const offset = 3_600_000
    await using router = await startSealedRouter({
      onSealed: ({ issuedAt }) => {
        const now = Date.now() + offset
        return Math.abs(now - issuedAt!) > 300_000 ? refusal(now) : WHOLE
      },
    })
    const logger = recordedLog()
    const client = await clientOf(router, { protocol: '2.0', logger, logLevel: 'warn' })
    await client.create(ask())
    await client.create(ask())
    expect(router.sealed).toHaveLength(3)
    expect(logger.lines.filter((line) => line.includes('clock'))).toHaveLength(1)
  })

  test('that is refused again is an error', async () => {
    await using router = await startSealedRouter({ onSealed: () => refusal(Date.now() + 3_600_000) })
    const client = await clientOf(router, { protocol: '2.0' })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ status: 400, authenticated: true })
    expect(router.sealed).toHaveLength(2)
  })

  test('that differs by less than the window was not the reason: a timeout', async () => {
    await using router = await startSealedRouter({ onSealed: () => refusal(Date.now() + 1000) })
    const client = await clientOf(router, { protocol: '2.0' })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APITimeoutError' })
    expect(router.sealed).toHaveLength(1)
  })

  test('is not moved by anything that came unsealed', async () => {
    const reply = plain(400, { refused: 'clock', t: 1, detail: 'clock' }, { date: new Date(0).toUTCString() })
    await using router = await startSealedRouter({ onSealed: (_, count) => (count === 1 ? reply : WHOLE) })
    const client = await clientOf(router, { protocol: '2.0' })
    await failureOf(() => client.create(ask()))
    await client.create(ask())
    expect(Math.abs(router.sealed[1]!.issuedAt! - Date.now())).toBeLessThan(60_000)
  })
})
