/** Tools that a model may call, and its calls of them. */

/** JSON Schema. */
export type JsonSchema = Record<string, unknown>

/** A function that the model may call. */
export interface FunctionDefinition {
  name: string
  description?: string
  /** Of the arguments. */
  parameters?: JsonSchema
  /** Whether the arguments must follow the schema exactly. */
  strict?: boolean | null
}

/** A tool that takes arguments as JSON. */
export interface ChatCompletionFunctionTool {
  type: 'function'
  function: FunctionDefinition
}

/** A tool that takes text, of a given grammar if there is one. */
export interface ChatCompletionCustomTool {
  type: 'custom'
  custom: {
    name: string
    description?: string
    format?: { type: 'text' } | { type: 'grammar'; grammar: { definition: string; syntax: 'lark' | 'regex' } }
  }
}

/** A tool that the model may call. */
export type ChatCompletionTool = ChatCompletionFunctionTool | ChatCompletionCustomTool

/** Whether the model calls tools, and which. */
export type ChatCompletionToolChoiceOption =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'custom'; custom: { name: string } }
  | {
      type: 'allowed_tools'
      allowed_tools: { mode: 'auto' | 'required'; tools: readonly Record<string, unknown>[] }
    }

/** A call of a function that the model asks for. */
export interface ChatCompletionMessageFunctionToolCall {
  id: string
  type: 'function'
  /** `arguments` is JSON text, written by the model: check it before use. */
  function: { name: string; arguments: string }
}

/** A call of a tool that takes text. */
export interface ChatCompletionMessageCustomToolCall {
  id: string
  type: 'custom'
  custom: { name: string; input: string }
}

/** A call of a tool that the model asks for. */
export type ChatCompletionMessageToolCall =
  ChatCompletionMessageFunctionToolCall | ChatCompletionMessageCustomToolCall
