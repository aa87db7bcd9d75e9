/** How cases ask a router. */
import {
  SecureChatCompletion,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionMessageParam,
  type ClientOptions,
} from '@nomyo/client'
import { ok } from './expect.ts'
import { hexOf, storeWith, utf8 } from './fixtures.ts'
import type { Context } from './context.ts'

export const PROTOCOLS = ['1.0', '2.0'] as const

/** In several scripts, and with a character beyond 16 bits. */
export const PROMPT = 'Grüße, 你好, שלום, 🙂'

/** A question. */
export function ask(
  content: string = PROMPT,
  model = 'nomyo-embedded',
): { model: string; messages: ChatCompletionMessageParam[] } {
  return { model, messages: [{ role: 'user', content }] }
}

/** Options with which a client reaches the router, with a key that is there already. */
export async function optionsFor(context: Context, more: ClientOptions = {}): Promise<ClientOptions> {
  return {
    ...{ baseURL: context.router, apiKey: context.apiKey, allowHttp: true, logLevel: 'off', maxRetries: 0 },
    keyStore: await storeWith(context, 'rsa2048'),
    ...more,
  }
}

export async function clientFor(context: Context, more: ClientOptions = {}): Promise<SecureChatCompletion> {
  return new SecureChatCompletion(await optionsFor(context, more))
}

/** That an answer is to this question: the router's embedded responder tells its SHA-256. */
export async function isAnswerTo(question: string, answer: string | null | undefined): Promise<void> {
  const digest = hexOf(await crypto.subtle.digest('SHA-256', utf8(question)))
  ok(answer?.includes(digest), `the answer tells the SHA-256 of the question: ${String(answer)}`)
}

export const textOfAnswer = (answer: ChatCompletion): string | null | undefined =>
  answer.choices[0]?.message.content

export const textOfChunk = (chunk: ChatCompletionChunk): string => chunk.choices[0]?.delta.content ?? ''

/** A fetch that notes what is asked through it. */
export function watchedFetch(): { readonly fetch: typeof fetch; readonly seen: string[] } {
  const seen: string[] = []
  return {
    seen,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      seen.push(`${request.method} ${new URL(request.url).pathname}`)
      return fetch(input, init)
    },
  }
}
