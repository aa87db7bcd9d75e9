import { ValidationError, type Bytes } from '@nomyo/core'
import { discard } from '@nomyo/core/internal'
import { asChunks, asCompletion, releasing } from '../answer.js'
import { complete } from '../chat-completion.js'
import { Connection, type Sender } from '../connection.js'
import { assertChatCompletion, isChatCompletion } from '../exchange/cleartext.js'
import type { ExchangeResponse } from '../exchange/exchange.js'
import { readParts } from '../http/body.js'
import { resolveCall, type ResolvedCall, type SecurityTier } from '../options/call-options.js'
import { resolveOptions, type ClientOptions } from '../options/options.js'
import { encodePayload, wipe } from '../payload.js'
import { ERROR_HEADER, responseFor, type OnSecurityError } from './failures.js'
import { encodeForm } from './form.js'
import { innerHeadersOf, paramsOf, targetOf, type Target } from './request.js'

/** How a {@link createSecureFetch} is made: as a client, but for `maxRetries`, since its callers retry themselves. */
export interface SecureFetchOptions extends Omit<ClientOptions, 'maxRetries'> {
  /**
   * How to tell that going on would not be safe: as a response, which SDKs show as one typed error, or by throwing,
   * for callers of plain fetch. Default: `response`.
   */
  readonly onSecurityError?: OnSecurityError | undefined
}

/**
 * A `fetch` for the `fetch` option of OpenAI's client, the AI SDK, LangChain and others, that seals what goes
 * through it. Over protocol 2.0 it carries what the router lists among its paths (chat completions, responses,
 * embeddings, models, uploads); over 1.0 `POST …/chat/completions`. Everything else is refused, never sent in clear.
 * It makes one attempt.
 *
 * It answers as the router does, with the answer opened; with `stream: true` as server-sent events. A failure of
 * security or of the input is a synthetic 400 with our `code`, the header `x-nomyo-error` and
 * `x-should-retry: false`.
 * @throws SecurityError, ValidationError or TypeError for options that cannot be used.
 */
export function createSecureFetch(options: SecureFetchOptions = {}): typeof globalThis.fetch {
  const { onSecurityError = 'response', ...others } = options
  if (onSecurityError !== 'response' && onSecurityError !== 'throw') {
    throw new ValidationError('onSecurityError must be response or throw.')
  }
  if ('maxRetries' in others)
    throw new TypeError('createSecureFetch makes one attempt; maxRetries is for its caller.')
  return fetchOver(new Connection(resolveOptions(others, 'createSecureFetch')), onSecurityError)
}

/** The same over a connection that is there already. */
export function fetchOver(connection: Connection, onSecurityError: OnSecurityError): typeof globalThis.fetch {
  return async (input, init) => {
    // What OpenAI's client asks to learn whether the runtime can send files: it does not leave the process.
    if (input === 'data:,') return new Response('')
    const request = requestOf(input, init)
    try {
      const target = targetOf(request, connection.options.baseURL)
      return await send(connection, request, target, init?.body)
    } catch (error) {
      return responseFor(error, onSecurityError, request.signal)
    }
  }
}

/** An engine's own error quotes what it refuses: the header with the API key, or the address with a password. */
function requestOf(input: RequestInfo | URL, init: RequestInit | undefined): Request {
  try {
    return new Request(input, init)
  } catch {
    throw new TypeError(
      'The address, the method, a header, the body or the signal is none that a fetch takes. Nothing was sent.',
    )
  }
}

async function send(
  connection: Connection,
  request: Request,
  target: Target,
  given: unknown,
): Promise<Response> {
  const call = callOf(request, connection.options.defaults)
  const body = await bodyOf(request, given)
  try {
    if (isChatCompletion(target)) return await completion(connection, call, body)
    return await connection.run(call, async (sender) => {
      if (sender.protocol === '1.0') assertChatCompletion(target)
      return forward(await sender.send({ ...target, innerHeaders: innerHeadersOf(request), body }), sender)
    })
  } finally {
    body.fill(0)
  }
}

/** A form with files is sent by every engine, but WebKitGTK 2.50 does not let its bytes be read. */
async function bodyOf(request: Request, given: unknown): Promise<Bytes> {
  try {
    return new Uint8Array(await request.arrayBuffer())
  } catch (error) {
    if (request.signal.aborted || !(given instanceof FormData)) throw error
    return encodeForm(given, request.headers.get('content-type')!)
  }
}

/** The one request that both protocols carry, checked as the client's own. */
async function completion(connection: Connection, call: ResolvedCall, body: Bytes): Promise<Response> {
  const { limits } = connection.options
  const payload = encodePayload(paramsOf(body), limits.maxRequestBytes)
  try {
    const answer = await complete(connection, payload, call)
    const { stream } = payload
    return (stream ? asChunks(stream.includeUsage, limits.maxResponseBytes) : asCompletion).response(answer)
  } finally {
    wipe(payload)
  }
}

/** What the model's server answered, as it came. */
function forward({ status, headers, body }: ExchangeResponse, sender: Sender): Response {
  headers.delete(ERROR_HEADER)
  if (body !== null && ![204, 205, 304].includes(status)) {
    return new Response(releasing(readParts(body, sender.signal), sender), { status, headers })
  }
  // Such a response has no body, and nobody could read this one.
  discard(body)
  sender.release()
  return new Response(null, { status, headers })
}

/** Of the caller's headers, two go beside the envelope; the others are about a body that does not exist any more. */
function callOf({ headers, signal }: Request, defaults: ResolvedCall): ResolvedCall {
  const authorization = headers.get('authorization')
  const tier = headers.get('x-security-tier')
  return resolveCall(defaults, {
    securityTier: tier === null ? undefined : (tier as SecurityTier),
    maxRetries: 0,
    signal,
    headers: authorization === null ? undefined : { authorization },
  })
}
