/** What comes of a call, in a word. */
import type { SecureChatCompletion } from '@nomyo/client'
import { ask } from '../support/client.ts'
import { echoOf } from './echo-backend.ts'
import { wordFor } from './words.ts'

/** How a call is made. */
export interface Asking {
  readonly protocol: '1.0' | '2.0'
  readonly streamed: boolean
  readonly text: string
  /** ms. */
  readonly timeout: number
}

/**
 * `answer` if it is the right one, `WRONG ANSWER` if it is another, or holds anything that is not of the right one
 * before its failure; the error's code if it is typed and of the class that belongs to it; what else it is in capitals.
 */
export async function outcomeOf(
  client: SecureChatCompletion,
  asking: Asking,
  limit: number,
): Promise<string> {
  const start = performance.now()
  const outcome = await outcomeOfCall(client, asking)
  return performance.now() - start > limit ? `LATE ${outcome}` : outcome
}

async function outcomeOfCall(
  client: SecureChatCompletion,
  { streamed, text, timeout }: Asking,
): Promise<string> {
  let got = ''
  try {
    if (streamed) {
      const stream = await client.create({ ...ask(text), stream: true }, { timeout })
      for await (const { choices } of stream) got += choices[0]?.delta.content ?? ''
    } else {
      got = String((await client.create(ask(text), { timeout })).choices[0]?.message.content)
    }
  } catch (error) {
    return echoOf(text).startsWith(got) ? wordFor(error) : 'WRONG ANSWER'
  }
  return got === echoOf(text) ? 'answer' : 'WRONG ANSWER'
}
