import { json } from '../../http/responses.js'
import { COMPLETION_PATH } from '../../protocol.js'
import type { Backend, BackendCall } from '../backend.js'
import { sha256Hex } from './answer-text.js'
import { choose } from './choices.js'
import { chunks, whole, type Completion } from './completion.js'
import { readRequest } from './completion-request.js'
import { eventStream } from './events.js'
import { errorResponse, InvalidRequest } from './invalid-request.js'
import { countMessageWords } from './messages.js'

const MODELS_PATH = '/v1/models'
const MODEL = 'nomyo-embedded'

/** How the embedded responder behaves. */
export interface EmbeddedBackendOptions {
  /** Milliseconds before each chunk of a stream, to look like a model at work. Default: 0. */
  readonly chunkDelay?: number
  /** The time in ms since 1970, for `created`. Default: `Date.now`. */
  readonly now?: () => number
}

/**
 * A small responder in place of a language model, so that everything runs with nothing else installed. It
 * takes any model's name and answers the last user message truthfully: what it is, how many characters
 * (Unicode code points) and messages it read, and the SHA-256 of the text. It is deterministic, and follows
 * `max_tokens` and `max_completion_tokens` (a word counts as a token), `stop`, `n`, `tools` (calls those that
 * the prompt names, with the smallest arguments that their schema allows), `tool_choice`,
 * `response_format` and `stream`. What it does not take is answered as OpenAI's API does.
 */
export function embeddedBackend(options: EmbeddedBackendOptions = {}): Backend {
  const { chunkDelay = 0, now = Date.now } = options
  return {
    async send(call) {
      const path = call.path.split('?')[0]
      const expected = path === COMPLETION_PATH ? 'POST' : path === MODELS_PATH ? 'GET' : undefined
      if (expected === undefined)
        return errorResponse(404, 'The built-in responder has chat completions and models only.')
      if (call.method !== expected) {
        return errorResponse(405, 'This path does not take that method.', null, { allow: expected })
      }
      const created = Math.floor(now() / 1000)
      return expected === 'GET' ? models(created) : complete(call, created, chunkDelay)
    },
  }
}

async function complete(call: BackendCall, created: number, chunkDelay: number): Promise<Response> {
  try {
    const request = readRequest(call.body)
    const { model, choices, messages } = request
    const choice = await choose(request)
    const seed = await sha256Hex(call.body)
    const completion: Completion = {
      seed,
      created,
      model,
      choices,
      choice,
      promptTokens: countMessageWords(messages),
    }
    if (!request.stream) return json(whole(completion))
    const events = eventStream(chunks(completion, request.includeUsage), chunkDelay, call.signal)
    return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
  } catch (error) {
    if (error instanceof InvalidRequest) return errorResponse(400, error.message, error.param)
    throw error
  }
}

function models(created: number): Response {
  return json({ object: 'list', data: [{ id: MODEL, object: 'model', created, owned_by: 'nomyo' }] })
}
