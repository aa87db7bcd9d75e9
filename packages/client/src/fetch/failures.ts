/** What a failure of ours looks like to an SDK that knows HTTP only. */
import { NomyoError } from '@nomyo/core'
import { APIConnectionError, APIError, APIUserAbortError } from '../errors/api-error.js'

/** The header that marks a response which no router sent: its value is the error's `code`. */
export const ERROR_HEADER = 'x-nomyo-error'

/** How `createSecureFetch` tells that it would not go on. */
export type OnSecurityError = 'response' | 'throw'

/**
 * The response for an error, or the error to throw.
 * - What the router answered stays that answer, in OpenAI's form.
 * - What kept an answer from arriving is a TypeError, as of any fetch; SDKs try again.
 * - The rest, where trying again would not help, is a 400 with `x-should-retry: false` and our `code`, because
 *   SDKs take whatever is thrown for a broken connection. With `throw` it is thrown as it is.
 * @throws what a fetch would throw.
 */
export function responseFor(error: unknown, onSecurityError: OnSecurityError, signal: AbortSignal): Response {
  if (signal.aborted && APIUserAbortError.isInstance(error)) throw signal.reason
  if (APIError.isInstance(error)) return failedResponse(error)
  if (APIConnectionError.isInstance(error))
    throw new TypeError(`fetch failed: ${error.message}`, { cause: error })
  if (!NomyoError.isInstance(error) || onSecurityError === 'throw') throw error
  const headers = { [ERROR_HEADER]: error.code, 'x-should-retry': 'false' }
  return jsonResponse(400, new Headers(headers), {
    message: error.message,
    type: error.name,
    param: null,
    code: error.code,
  })
}

function failedResponse({ status, detail, message, type, param, apiCode, headers }: APIError): Response {
  const copy = new Headers()
  headers.forEach((value, name) => {
    if (!/^(content-.*|transfer-encoding|x-nomyo-error)$/.test(name)) copy.append(name, value)
  })
  return jsonResponse(status, copy, {
    message: detail ?? message,
    type: type ?? null,
    param: param ?? null,
    code: apiCode ?? null,
  })
}

function jsonResponse(status: number, headers: Headers, error: object): Response {
  headers.set('content-type', 'application/json')
  return new Response(JSON.stringify({ error }), { status, headers })
}
