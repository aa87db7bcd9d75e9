/** A chat completion in chunks, as OpenAI's API has them. Every object may hold more than is listed here. */
import type {
  ChatCompletionMetadata,
  ChatCompletionLogprobs,
  ChatCompletionUsage,
  FinishReason,
  ServiceTier,
} from './completion.js'

/** A piece of a chat completion. */
export interface ChatCompletionChunk {
  id: string
  object: 'chat.completion.chunk'
  /** Seconds since 1970. */
  created: number
  model: string
  /** Empty in the last chunk, if the usage was asked for. */
  choices: ChatCompletionChunkChoice[]
  /** Null but in the last chunk, and only if it was asked for. */
  usage?: ChatCompletionUsage | null
  service_tier?: ServiceTier | null
  system_fingerprint?: string
  /** In the first chunk. */
  _metadata?: ChatCompletionMetadata
}

/** What is new in one of the answers. */
export interface ChatCompletionChunkChoice {
  index: number
  delta: ChatCompletionDelta
  /** Null until the answer is whole. */
  finish_reason: FinishReason | null
  logprobs?: ChatCompletionLogprobs | null
}

/** What is to be added to a message. */
export interface ChatCompletionDelta {
  role?: 'developer' | 'system' | 'user' | 'assistant' | 'tool'
  content?: string | null
  refusal?: string | null
  tool_calls?: ChatCompletionDeltaToolCall[]
  /** The older form of `tool_calls`. */
  function_call?: { name?: string; arguments?: string }
  /** What the model thinks, as vLLM and others give it. */
  reasoning_content?: string | null
}

/** What is to be added to a call of a tool. */
export interface ChatCompletionDeltaToolCall {
  /** Which of the calls in the message. */
  index: number
  id?: string
  type?: 'function' | 'custom'
  function?: { name?: string; arguments?: string }
  custom?: { name?: string; input?: string }
}
