/** Which tools a request offers, and which of them are called. */
import { isJsonObject } from '@nomyo/core'
import type { Budget } from './budget.js'
import { InvalidRequest } from './invalid-request.js'
import { smallestValue } from './schema.js'

const MAX_TOOLS = 128
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const WORDS = /[A-Za-z0-9_-]+/g

/** A function that the model may call. */
export interface Tool {
  readonly name: string
  /** JSON schema of the arguments. */
  readonly parameters: unknown
}

/** Whether tools are called: as the prompt says, not at all, at least one, or exactly the named one. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

/** A call of a tool. */
export interface ToolCall {
  readonly name: string
  /** JSON text. */
  readonly arguments: string
}

/** @throws InvalidRequest naming the field that is wrong. */
export function readTools(value: unknown): readonly Tool[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TOOLS) {
    throw new InvalidRequest(`tools must be a list of 1 to ${MAX_TOOLS} tools.`, 'tools')
  }
  return value.map((tool: unknown, i) => readTool(tool, `tools[${i}]`))
}

/** @throws InvalidRequest if it is none, or names a tool that is not offered. */
export function readToolChoice(value: unknown, tools: readonly Tool[]): ToolChoice {
  const choice = value ?? 'auto'
  if (choice === 'none' || choice === 'auto') return choice
  if (tools.length === 0) throw new InvalidRequest('tool_choice needs tools.', 'tool_choice')
  if (choice === 'required') return choice
  const named = isJsonObject(choice) && choice['type'] === 'function' ? choice['function'] : undefined
  const tool = isJsonObject(named) ? tools.find(({ name }) => name === named['name']) : undefined
  if (tool === undefined) {
    throw new InvalidRequest('tool_choice must be none, auto, required, or name one of tools.', 'tool_choice')
  }
  return { name: tool.name }
}

/**
 * The calls that a prompt leads to, in the order of `tools`. Under `auto`, the tools that it names; under
 * `required`, the first one if it names none.
 */
export function callsFor(
  prompt: string,
  tools: readonly Tool[],
  choice: ToolChoice,
  budget: Budget,
): readonly ToolCall[] {
  return chosen(prompt, tools, choice).map(({ name, parameters }) => {
    const value = parameters === undefined ? {} : smallestValue(parameters, budget)
    return { name, arguments: JSON.stringify(value) }
  })
}

function chosen(prompt: string, tools: readonly Tool[], choice: ToolChoice): readonly Tool[] {
  if (choice === 'none') return []
  if (typeof choice === 'object') return tools.filter(({ name }) => name === choice.name).slice(0, 1)
  const inPrompt = namedIn(prompt, tools)
  const named = tools.filter(({ name }) => inPrompt.has(name))
  return named.length === 0 && choice === 'required' ? tools.slice(0, 1) : named
}

/**
 * The names of those tools that `text` holds as words of their own. The text is walked once, however many tools
 * there are: to look for each of them would take seconds for a long prompt that is made for it.
 */
function namedIn(text: string, tools: readonly Tool[]): ReadonlySet<string> {
  const offered = new Set(tools.map(({ name }) => name))
  const named = new Set<string>()
  for (const [word] of text.matchAll(WORDS)) if (offered.has(word)) named.add(word)
  return named
}

function readTool(tool: unknown, param: string): Tool {
  const given = isJsonObject(tool) && tool['type'] === 'function' ? tool['function'] : undefined
  if (!isJsonObject(given)) throw new InvalidRequest('A tool must be of type function.', param)
  const { name, parameters } = given
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new InvalidRequest(
      'A function’s name has 1 to 64 letters, digits, _ or -.',
      `${param}.function.name`,
    )
  }
  return { name, parameters: parameters ?? undefined }
}
