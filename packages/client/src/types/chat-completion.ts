/**
 * OpenAI's chat completions, as far as this SDK names them. Every object is open: a parameter that is not
 * listed here travels as it is given.
 */

/** A chat completion request. */
export interface ChatCompletionCreateParams {
  /** The model's name, as the router knows it. */
  model: string
  messages: ChatCompletionMessageParam[]
  frequency_penalty?: number | null
  logit_bias?: Record<string, number> | null
  logprobs?: boolean | null
  max_completion_tokens?: number | null
  max_tokens?: number | null
  n?: number | null
  parallel_tool_calls?: boolean
  presence_penalty?: number | null
  reasoning_effort?: string | null
  response_format?: { type: string; [field: string]: unknown }
  seed?: number | null
  stop?: string | string[] | null
  /** Protocol 1.0 answers as a whole. */
  stream?: false | null
  temperature?: number | null
  tool_choice?: string | { type: string; [field: string]: unknown }
  tools?: ChatCompletionTool[]
  top_logprobs?: number | null
  top_p?: number | null
  user?: string
  [parameter: string]: unknown
}

/** A message of the conversation so far. */
export interface ChatCompletionMessageParam {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function'
  content?: string | ChatCompletionContentPart[] | null
  name?: string
  tool_calls?: ChatCompletionMessageToolCall[]
  tool_call_id?: string
  [field: string]: unknown
}

/** A part of a message: text, an image, audio, a file. */
export interface ChatCompletionContentPart {
  type: string
  text?: string
  /** `url` may be a `data:` URL with the image in base64. */
  image_url?: { url: string; detail?: string }
  [field: string]: unknown
}

/** A tool that the model may call. */
export interface ChatCompletionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    /** JSON Schema of the arguments. */
    parameters?: Record<string, unknown>
    strict?: boolean | null
  }
  [field: string]: unknown
}

/** A call of a tool that the model asks for. */
export interface ChatCompletionMessageToolCall {
  id: string
  type: 'function'
  function: {
    name: string
    /** JSON text, written by the model: check it before use. */
    arguments: string
  }
}

/** A chat completion. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  /** Seconds since 1970. */
  created: number
  model: string
  choices: ChatCompletionChoice[]
  usage?: ChatCompletionUsage
  system_fingerprint?: string
  /** What the router and this client say about the exchange. Not verified by anything but the envelope. */
  _metadata: ChatCompletionMetadata
  [field: string]: unknown
}

/** One of the answers. */
export interface ChatCompletionChoice {
  index: number
  message: ChatCompletionMessage
  finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'
  logprobs?: unknown
}

/** What the model said. */
export interface ChatCompletionMessage {
  role: 'assistant'
  content: string | null
  refusal?: string | null
  tool_calls?: ChatCompletionMessageToolCall[]
  [field: string]: unknown
}

/** Tokens used. */
export interface ChatCompletionUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  [field: string]: unknown
}

/** What travelled with the answer. */
export interface ChatCompletionMetadata {
  /** The `X-Payload-ID` of the request. */
  payload_id: string
  /** Seconds since 1970, if the router says it. */
  processed_at?: number
  is_encrypted: true
  encryption_algorithm: string
  [field: string]: unknown
}
