/** What the cases ask of an SDK, whichever it is. */
import type { Topology } from '../support/topology.ts'

/** Where an SDK is pointed to. */
export type Target = Pick<Topology, 'baseURL' | 'apiKey' | 'fetch'>

/** How it is asked. */
export interface Ask {
  readonly prompt: string
  readonly signal?: AbortSignal
  /** Told of each piece of text. */
  readonly onText?: (text: string) => void
}

/** An error as the SDK's user sees it. */
export interface Seen {
  /** The class's name. */
  readonly name: string
  readonly status: number | undefined
  /** Our code, wherever the SDK puts it. */
  readonly code: string | undefined
}

/** One SDK. Every method throws as the SDK does. */
export interface Sdk {
  readonly name: string
  plain(target: Target, ask: Ask): Promise<string>
  streamed(target: Target, ask: Ask): Promise<string>
  /** Lets the model call a tool, gives it the result, and gives what it says then. */
  tools(target: Target, ask: Ask, weather: (city: string) => string): Promise<string>
  /** An answer that follows a JSON schema. */
  schema(target: Target, ask: Ask): Promise<{ city: string; degrees: number }>
  seen(error: unknown): Seen
  /** What only protocol 2.0 can carry. */
  readonly beyondChat?: Readonly<Record<string, (target: Target, ask: Ask) => Promise<unknown>>>
}

export const MODEL = 'test-model'

/** Of an unknown error, what is there. */
export function fieldsOf(error: unknown): {
  name?: string
  status?: number
  statusCode?: number
  code?: string
  lastError?: unknown
  responseBody?: string
  error?: { code?: string }
  lc_error_code?: string
  message?: string
} {
  return error as object
}
