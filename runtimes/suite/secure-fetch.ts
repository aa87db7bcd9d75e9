/** `createSecureFetch`: what other SDKs send through us. */
import { createSecureFetch, ServerKeyMismatchError, type SecureFetchOptions } from '@nomyo/client'
import { ask, isAnswerTo, optionsFor, PROMPT, PROTOCOLS } from './asking.ts'
import { equal, fails, failureOf, ok } from './expect.ts'
import { hexOf } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'
import { heldModel } from './held-model.ts'
import type { Context } from './context.ts'

async function fetchFor(context: Context, more: SecureFetchOptions = {}): Promise<typeof fetch> {
  const { maxRetries: _, ...options } = await optionsFor(context)
  return createSecureFetch({ ...options, ...more })
}

function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

const WRONG_PIN = [`sha256/${'A'.repeat(43)}=`]

export const fetchCases: readonly Case[] = [
  ...PROTOCOLS.flatMap((protocol) => [
    everywhere('fetch', `a chat completion over ${protocol}`, async (context) => {
      const fetch = await fetchFor(context, { protocol })
      const response = await fetch(`${context.router}/v1/chat/completions`, post(ask()))
      equal([response.status, response.headers.get('content-type')?.split(';')[0]], [200, 'application/json'])
      await isAnswerTo(PROMPT, await response.text())
    }),

    everywhere('fetch', `server-sent events over ${protocol}`, async (context) => {
      const fetch = await fetchFor(context, { protocol })
      const body = { ...ask(), stream: true }
      const response = await fetch(new Request(`${context.router}/v1/chat/completions`, post(body)))
      equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream')
      const events = (await response.text()).split('\n\n').filter(Boolean)
      equal(events.pop(), 'data: [DONE]')
      const chunks = events.map(
        (event) => JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] },
      )
      await isAnswerTo(PROMPT, chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''))
    }),

    everywhere(
      'fetch',
      `a failure of security over ${protocol} is a response, or thrown`,
      async (context) => {
        const url = `${context.router}/v1/chat/completions`
        const response = await (
          await fetchFor(context, { protocol, serverKeyPins: WRONG_PIN })
        )(url, post(ask()))
        equal([response.status, response.headers.get('x-nomyo-error')], [400, 'server_key_mismatch'])
        const throwing = await fetchFor(context, {
          protocol,
          serverKeyPins: WRONG_PIN,
          onSecurityError: 'throw',
        })
        await fails(ServerKeyMismatchError, 'server_key_mismatch', () => throwing(url, post(ask())))
      },
    ),
  ]),

  everywhere('fetch', 'embeddings', async (context) => {
    const fetch = await fetchFor(context)
    const response = await fetch(`${context.router}/v1/embeddings`, post({ model: 'x', input: 'Hello' }))
    const { data } = (await response.json()) as { data: { embedding: number[] }[] }
    equal(data[0]?.embedding, [0.25, -0.5, 5])
  }),

  everywhere('fetch', 'a list of models', async (context) => {
    const response = await (await fetchFor(context))(`${context.router}/v1/models`)
    ok((await response.text()).includes('nomyo-embedded'), 'the router names its model')
  }),

  everywhere('fetch', 'a file in a form, byte by byte', async (context) => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256)
    const form = new FormData()
    form.set('model', 'whisper-1')
    form.set('file', new File([bytes], 'grüße.wav', { type: 'audio/wav' }))
    const fetch = await fetchFor(context)
    const response = await fetch(`${context.router}/v1/audio/transcriptions`, { method: 'POST', body: form })
    const { text } = (await response.json()) as { text: string }
    equal(text, `whisper-1 grüße.wav audio/wav ${hexOf(await crypto.subtle.digest('SHA-256', bytes))}`)
  }),

  everywhere('fetch', 'what cannot be sealed is refused, not sent in clear', async (context) => {
    const old = await fetchFor(context, { protocol: '1.0' })
    const elsewhere = await fetchFor(context)
    for (const [fetch, url] of [
      [old, `${context.router}/v1/embeddings`],
      [elsewhere, `${context.nowhere}/v1/chat/completions`],
    ] as const) {
      const response = await fetch(url, post(ask()))
      equal([response.status, response.headers.get('x-nomyo-error')], [400, 'cleartext_refused'])
    }
  }),

  everywhere('fetch', 'an abort is the one that fetch knows', async (context) => {
    const [fetch, model, controller] = [await fetchFor(context), heldModel(context), new AbortController()]
    const init = { ...post(ask(PROMPT, model.name)), signal: controller.signal }
    const call = failureOf(() => fetch(`${context.router}/v1/chat/completions`, init))
    await model.asked()
    controller.abort()
    equal(((await call) as Error).name, 'AbortError')
    equal(await model.ended(), 'aborted')
  }),

  everywhere('fetch', 'cancelling the body ends the call, at the model too', async (context) => {
    const [fetch, model] = [await fetchFor(context), heldModel(context)]
    const init = post({ ...ask(PROMPT, model.name), stream: true })
    const response = await fetch(`${context.router}/v1/chat/completions`, init)
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    equal(await model.ended(), 'aborted')
  }),
]
