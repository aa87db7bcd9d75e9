/** A chat completion, as OpenAI's API has it. Every object may hold more than is listed here. */
import type { ChatCompletionMessageToolCall } from './tools.js'

/** Why the model stopped. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

/** A chat completion. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  /** Seconds since 1970. */
  created: number
  model: string
  choices: ChatCompletionChoice[]
  usage?: ChatCompletionUsage
  service_tier?: ServiceTier | null
  system_fingerprint?: string
  /** What the router and this client say about the exchange. Nothing vouches for the router's part of it. */
  _metadata: ChatCompletionMetadata
}

/** Which of its tiers the server took. */
export type ServiceTier = 'auto' | 'default' | 'flex' | 'scale' | 'priority' | 'fast'

/** One of the answers. */
export interface ChatCompletionChoice {
  index: number
  message: ChatCompletionMessage
  finish_reason: FinishReason
  logprobs: ChatCompletionLogprobs | null
}

/** What the model said. */
export interface ChatCompletionMessage {
  role: 'assistant'
  content: string | null
  refusal: string | null
  tool_calls?: ChatCompletionMessageToolCall[]
  /** The older form of `tool_calls`. */
  function_call?: { name: string; arguments: string } | null
  /** An answer that is sound; `data` is base64, `expires_at` in seconds since 1970. */
  audio?: { id: string; data: string; expires_at: number; transcript: string } | null
  annotations?: {
    type: 'url_citation'
    url_citation: { start_index: number; end_index: number; title: string; url: string }
  }[]
  /** What the model thought before, as vLLM and others give it. */
  reasoning_content?: string | null
}

/** How likely each token was. */
export interface ChatCompletionLogprobs {
  content: ChatCompletionTokenLogprob[] | null
  refusal: ChatCompletionTokenLogprob[] | null
}

/** A token with its natural logarithm of probability. */
export interface TokenLogprob {
  token: string
  /** Its UTF-8. */
  bytes: number[] | null
  logprob: number
}

/** A token, and those that were likely in its place. */
export interface ChatCompletionTokenLogprob extends TokenLogprob {
  top_logprobs: TokenLogprob[]
}

/** Tokens used. */
export interface ChatCompletionUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: { audio_tokens?: number; cached_tokens?: number }
  completion_tokens_details?: {
    accepted_prediction_tokens?: number
    audio_tokens?: number
    reasoning_tokens?: number
    rejected_prediction_tokens?: number
  }
}

/**
 * What travelled with the answer. `payload_id`, `is_encrypted` and `encryption_algorithm` are this client's; the
 * rest is the router's own word, which nothing verifies.
 */
export interface ChatCompletionMetadata {
  /** The `X-Payload-ID` of the request. */
  payload_id: string
  /** Seconds since 1970, if the router says it. */
  processed_at?: number
  is_encrypted: true
  encryption_algorithm: string
  response_status?: string | number
  security_tier?: string
  memory_protection?: unknown
  tpm_attestation?: unknown
  [field: string]: unknown
}
