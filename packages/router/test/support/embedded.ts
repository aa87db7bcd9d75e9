import type { JsonObject } from '@nomyo/core'
import { embeddedBackend, type EmbeddedBackendOptions } from '@nomyo/router'

/** A completion, as far as tests look at it. */
export interface Answer {
  readonly id: string
  readonly object: string
  readonly created: number
  readonly model: string
  readonly choices: {
    readonly index: number
    readonly finish_reason: string
    readonly message: {
      readonly content: string | null
      readonly tool_calls?: { readonly id: string; readonly function: { name: string; arguments: string } }[]
    }
  }[]
  readonly usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
}

/** Sends a body straight to the embedded backend. */
export function send(
  body: JsonObject | string,
  {
    signal = new AbortController().signal,
    ...options
  }: EmbeddedBackendOptions & { signal?: AbortSignal } = {},
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return embeddedBackend(options).send({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(text),
    signal,
  })
}

/** A request with one user message. */
export function prompt(content: unknown, rest: JsonObject = {}): JsonObject {
  return { model: 'any/model', messages: [{ role: 'user', content }], ...rest }
}

/** The whole completion; fails for any other status. */
export async function answerTo(body: JsonObject): Promise<Answer> {
  const response = await send(body)
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`)
  return (await response.json()) as Answer
}

/** The first choice's content. */
export async function contentOf(body: JsonObject): Promise<string> {
  const { content } = (await answerTo(body)).choices[0]!.message
  if (content === null) throw new Error('there is no content')
  return content
}
