/** What the responder answers to a request: the content or the calls, within the limits that were set. */
import { asJSON, inWords, lastUserMessage, read } from './answer-text.js'
import { Budget } from './budget.js'
import type { CompletionRequest } from './completion-request.js'
import { smallestValue } from './schema.js'
import { callsFor, type ToolCall } from './tools.js'
import { splitWords } from './words.js'

/** One answer. All choices of a completion are the same, since nothing here is left to chance. */
export interface Choice {
  /** The content's words; joined, they are the content. */
  readonly words: readonly string[]
  /** Calls in place of content. */
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: 'stop' | 'length' | 'tool_calls'
  /** Words of the content, or of the calls' arguments. */
  readonly tokens: number
}

/** @throws InvalidRequest if a schema cannot be followed. */
export async function choose(request: CompletionRequest): Promise<Choice> {
  const calls = toolCalls(request, new Budget())
  if (calls.length > 0) return calling(calls, request.maxTokens)
  const words = splitWords(untilStop(await content(request), request.stops))
  const kept = words.slice(0, request.maxTokens)
  const finishReason = kept.length < words.length ? 'length' : 'stop'
  return { words: kept, toolCalls: [], finishReason, tokens: kept.length }
}

/** Under `auto` only a user's message leads to calls: the answer to a tool's result is in words. */
function toolCalls(request: CompletionRequest, budget: Budget): readonly ToolCall[] {
  const { messages, tools, toolChoice, parallelToolCalls } = request
  if (toolChoice === 'auto' && messages.at(-1)!.role !== 'user') return []
  const prompt = lastUserMessage(messages)?.text ?? ''
  const calls = callsFor(prompt, tools, toolChoice, budget)
  return parallelToolCalls ? calls : calls.slice(0, 1)
}

/** Like a model's, arguments that outgrow the limit are cut, and are no JSON any more. */
function calling(calls: readonly ToolCall[], maxTokens: number): Choice {
  const kept: ToolCall[] = []
  let tokens = 0
  let isCut = false
  for (const call of calls) {
    const words = splitWords(call.arguments)
    const fitting = words.slice(0, maxTokens - tokens)
    isCut ||= fitting.length < words.length
    tokens += fitting.length
    if (fitting.length > 0) kept.push({ ...call, arguments: fitting.join('') })
  }
  return { words: [], toolCalls: kept, finishReason: isCut ? 'length' : 'tool_calls', tokens }
}

async function content({ format, messages }: CompletionRequest): Promise<string> {
  if (typeof format === 'object') return JSON.stringify(smallestValue(format.schema, new Budget()))
  const reading = await read(messages)
  return format === 'json' ? asJSON(reading) : inWords(reading)
}

function untilStop(text: string, stops: readonly string[]): string {
  const found = stops.map((stop) => text.indexOf(stop)).filter((index) => index !== -1)
  return text.slice(0, Math.min(text.length, ...found))
}
