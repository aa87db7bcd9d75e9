/** The messages of a conversation, as OpenAI's chat completions have them. */
import type { ChatCompletionMessageToolCall } from './tools.js'

/** A part that is text. */
export interface ChatCompletionContentPartText {
  type: 'text'
  text: string
}

/** A part that is an image. */
export interface ChatCompletionContentPartImage {
  type: 'image_url'
  /** `url` may be a `data:` URL with the image in base64: then it travels sealed, and nobody fetches it. */
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' | 'original' }
}

/** A part that is sound. */
export interface ChatCompletionContentPartInputAudio {
  type: 'input_audio'
  /** `data` is base64. */
  input_audio: { data: string; format: 'wav' | 'mp3' }
}

/** A part that is a file. */
export interface ChatCompletionContentPartFile {
  type: 'file'
  /** `file_data` is base64. */
  file: { file_data?: string; file_id?: string; filename?: string }
}

/** A part that says why the model refused. */
export interface ChatCompletionContentPartRefusal {
  type: 'refusal'
  refusal: string
}

/** A part of what a user says. */
export type ChatCompletionContentPart =
  | ChatCompletionContentPartText
  | ChatCompletionContentPartImage
  | ChatCompletionContentPartInputAudio
  | ChatCompletionContentPartFile

/** Instructions from whoever runs the application, for newer models. */
export interface ChatCompletionDeveloperMessageParam {
  role: 'developer'
  content: string | readonly ChatCompletionContentPartText[]
  name?: string
}

/** Instructions from whoever runs the application. */
export interface ChatCompletionSystemMessageParam {
  role: 'system'
  content: string | readonly ChatCompletionContentPartText[]
  name?: string
}

/** What the user says. */
export interface ChatCompletionUserMessageParam {
  role: 'user'
  content: string | readonly ChatCompletionContentPart[]
  name?: string
}

/** What the model said before. */
export interface ChatCompletionAssistantMessageParam {
  role: 'assistant'
  content?: string | readonly (ChatCompletionContentPartText | ChatCompletionContentPartRefusal)[] | null
  name?: string
  refusal?: string | null
  /** An earlier answer that was sound. */
  audio?: { id: string } | null
  tool_calls?: readonly ChatCompletionMessageToolCall[]
  /** The older form of `tool_calls`. */
  function_call?: { name: string; arguments: string } | null
}

/** The result of a tool. */
export interface ChatCompletionToolMessageParam {
  role: 'tool'
  content: string | readonly ChatCompletionContentPartText[]
  /** The `id` of the call that this answers. */
  tool_call_id: string
}

/** The older form of a tool's result. */
export interface ChatCompletionFunctionMessageParam {
  role: 'function'
  content: string | null
  name: string
}

/** A message of the conversation so far. */
export type ChatCompletionMessageParam =
  | ChatCompletionDeveloperMessageParam
  | ChatCompletionSystemMessageParam
  | ChatCompletionUserMessageParam
  | ChatCompletionAssistantMessageParam
  | ChatCompletionToolMessageParam
  | ChatCompletionFunctionMessageParam
