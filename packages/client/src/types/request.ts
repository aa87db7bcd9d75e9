/** A chat completion request, as OpenAI's API has it. A parameter that is not listed here travels as it is given. */
import type { ChatCompletionContentPartText, ChatCompletionMessageParam } from './messages.js'
import type { ChatCompletionTool, ChatCompletionToolChoiceOption, JsonSchema } from './tools.js'

/** The form that the answer must have. */
export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      json_schema: { name: string; description?: string; schema?: JsonSchema; strict?: boolean | null }
    }

/** What of a stream is sent beside the text. */
export interface ChatCompletionStreamOptions {
  /** Whether a last chunk, without choices, tells the tokens used. */
  include_usage?: boolean
  include_obfuscation?: boolean
}

/** What all chat completion requests have. */
export interface ChatCompletionCreateParamsBase {
  /** The model's name, as the router knows it. */
  model: string
  messages: readonly ChatCompletionMessageParam[]
  /** How an answer that is sound is made. */
  audio?: { format: string; voice: string | { id: string } } | null
  frequency_penalty?: number | null
  /** The older form of `tool_choice`. */
  function_call?: 'none' | 'auto' | { name: string }
  /** The older form of `tools`. */
  functions?: readonly { name: string; description?: string; parameters?: JsonSchema }[]
  logit_bias?: Record<string, number> | null
  logprobs?: boolean | null
  max_completion_tokens?: number | null
  max_tokens?: number | null
  metadata?: Record<string, string> | null
  modalities?: readonly ('text' | 'audio')[] | null
  n?: number | null
  parallel_tool_calls?: boolean
  prediction?: { type: 'content'; content: string | readonly ChatCompletionContentPartText[] } | null
  presence_penalty?: number | null
  prompt_cache_key?: string | null
  reasoning_effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | (string & {}) | null
  response_format?: ResponseFormat
  safety_identifier?: string | null
  seed?: number | null
  service_tier?: string | null
  stop?: string | readonly string[] | null
  store?: boolean | null
  stream_options?: ChatCompletionStreamOptions | null
  temperature?: number | null
  tool_choice?: ChatCompletionToolChoiceOption
  tools?: readonly ChatCompletionTool[]
  top_logprobs?: number | null
  top_p?: number | null
  user?: string
  verbosity?: string | null
}

/** A request that is answered as a whole. */
export interface ChatCompletionCreateParamsNonStreaming extends ChatCompletionCreateParamsBase {
  stream?: false | null
}

/** A request that is answered in chunks. */
export interface ChatCompletionCreateParamsStreaming extends ChatCompletionCreateParamsBase {
  stream: true
}

/** A chat completion request. */
export type ChatCompletionCreateParams =
  ChatCompletionCreateParamsNonStreaming | ChatCompletionCreateParamsStreaming
