/** A completion as OpenAI's API writes it: whole, or as the chunks of a stream. */
import type { JsonObject } from '@nomyo/core'
import type { Choice } from './choices.js'
import type { ToolCall } from './tools.js'

/** What is answered, before it is written in either form. */
export interface Completion {
  /** Hexadecimal digits that make the ids. */
  readonly seed: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** How many times the choice is given. */
  readonly choices: number
  readonly choice: Choice
  /** Words of the messages. */
  readonly promptTokens: number
}

/** A `chat.completion`. */
export function whole(completion: Completion): JsonObject {
  const { choice } = completion
  const calls = toolCalls(completion, choice.toolCalls)
  const content = calls.length > 0 ? null : choice.words.join('')
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
  const choices = indexes(completion).map((index) => ({
    index,
    message,
    logprobs: null,
    finish_reason: choice.finishReason,
  }))
  return { ...head(completion, 'chat.completion'), choices, usage: usage(completion) }
}

/** The `chat.completion.chunk`s of a stream: a word each, all choices in turn. */
export function* chunks(completion: Completion, includeUsage: boolean): Generator<JsonObject> {
  const { choice } = completion
  const frame = head(completion, 'chat.completion.chunk')
  const withUsage = includeUsage ? { usage: null } : {}
  const all = (delta: JsonObject, finishReason: string | null = null): JsonObject[] =>
    indexes(completion).map((index) => ({
      ...frame,
      choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
      ...withUsage,
    }))
  const calls = toolCalls(completion, choice.toolCalls)
  yield* all({ role: 'assistant', content: calls.length > 0 ? null : '' })
  for (const word of choice.words) yield* all({ content: word })
  for (const [index, call] of calls.entries()) yield* all({ tool_calls: [{ index, ...call }] })
  yield* all({}, choice.finishReason)
  if (includeUsage) yield { ...frame, choices: [], usage: usage(completion) }
}

function head({ seed, created, model }: Completion, object: string): JsonObject {
  return { id: `chatcmpl-${seed.slice(0, 24)}`, object, created, model, system_fingerprint: 'nomyo-embedded' }
}

function usage({ promptTokens, choice, choices }: Completion): JsonObject {
  const completionTokens = choice.tokens * choices
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

function toolCalls({ seed }: Completion, calls: readonly ToolCall[]): JsonObject[] {
  return calls.map((call, i) => ({ id: `call_${seed.slice(24, 40)}${i}`, type: 'function', function: call }))
}

function indexes({ choices }: Completion): number[] {
  return Array.from({ length: choices }, (_, index) => index)
}
