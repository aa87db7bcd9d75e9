/** The request, read and checked. */
import { isJsonObject, parseJsonObject, PLAINTEXT_JSON, type JsonObject } from '@nomyo/core'
import { InvalidRequest } from './invalid-request.js'
import { readMessages, type Message } from './messages.js'
import { readToolChoice, readTools, type Tool, type ToolChoice } from './tools.js'

const MAX_CHOICES = 128
const MAX_STOPS = 4

/** How the answer shall look. */
export type AnswerFormat = 'text' | 'json' | { readonly schema: unknown }

/** As much of a chat completion request as this responder follows; it ignores the rest. */
export interface CompletionRequest {
  readonly model: string
  readonly messages: readonly Message[]
  /** Words. */
  readonly maxTokens: number
  readonly stops: readonly string[]
  readonly choices: number
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  readonly parallelToolCalls: boolean
  readonly format: AnswerFormat
  readonly stream: boolean
  readonly includeUsage: boolean
}

/** @throws InvalidRequest naming the field that is wrong. */
export function readRequest(body: Uint8Array): CompletionRequest {
  const request = parseJsonObject(body, PLAINTEXT_JSON)
  if (request === undefined) throw new InvalidRequest('The body must be a JSON object.')
  const { model } = request
  if (typeof model !== 'string' || model === '') throw new InvalidRequest('model must name a model.', 'model')
  const tools = readTools(request['tools'])
  const streamOptions = request['stream_options']
  return {
    model,
    messages: readMessages(request['messages']),
    maxTokens: readMaxTokens(request),
    stops: readStops(request['stop']),
    choices: wholeNumber(request, 'n', MAX_CHOICES) ?? 1,
    tools,
    toolChoice: readToolChoice(request['tool_choice'], tools),
    parallelToolCalls: request['parallel_tool_calls'] !== false,
    format: readFormat(request['response_format']),
    stream: request['stream'] === true,
    includeUsage: isJsonObject(streamOptions) && streamOptions['include_usage'] === true,
  }
}

/** `max_completion_tokens` comes before its older name. */
function readMaxTokens(request: JsonObject): number {
  const max = Number.MAX_SAFE_INTEGER
  return (
    wholeNumber(request, 'max_completion_tokens', max) ?? wholeNumber(request, 'max_tokens', max) ?? Infinity
  )
}

function wholeNumber(request: JsonObject, name: string, max: number): number | undefined {
  const value = request[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw new InvalidRequest(`${name} must be a whole number from 1 to ${max}.`, name)
  }
  return value
}

function readStops(value: unknown): readonly string[] {
  const stops: unknown = typeof value === 'string' ? [value] : (value ?? [])
  const isStop = (stop: unknown): boolean => typeof stop === 'string' && stop !== ''
  if (!Array.isArray(stops) || stops.length > MAX_STOPS || !stops.every(isStop)) {
    throw new InvalidRequest(`stop must be a string or a list of at most ${MAX_STOPS} strings.`, 'stop')
  }
  return stops as string[]
}

function readFormat(value: unknown): AnswerFormat {
  const format = value ?? { type: 'text' }
  const type = isJsonObject(format) ? format['type'] : undefined
  if (type === 'text') return 'text'
  if (type === 'json_object') return 'json'
  const described = type === 'json_schema' ? (format as JsonObject)['json_schema'] : undefined
  if (isJsonObject(described) && described['schema'] !== undefined) return { schema: described['schema'] }
  throw new InvalidRequest('response_format must be text, json_object or json_schema.', 'response_format')
}
