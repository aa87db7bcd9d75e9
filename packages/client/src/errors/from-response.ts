import type { JsonObject } from '@nomyo/core'
import { within } from '@nomyo/core/internal'
import { readUpTo } from '../http/body.js'
import { apiErrorOf, type APIError, type APIErrorCode } from './api-error.js'
import { cleanText, failureOf, readFailure } from './failure-body.js'
import { retryAfterSeconds } from './retry-after.js'

/** Bytes of a failed answer's body that are read; what is longer says nothing. */
const MAX_FAILURE_BYTES: number = 2 * 1024 * 1024

/** ms for that: a body that stalls must not hold back what the status says. */
const MAX_FAILURE_TIME = 5_000

/** A failed answer, sealed or not. */
export interface FailedResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
  readonly authenticated: boolean
  /** What the error shall be called, if it is not the one for the status. */
  readonly code?: APIErrorCode
}

/** The typed error for a failed answer. `secrets` are struck out of every text that it carries. */
export async function errorFromResponse(
  response: FailedResponse,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<APIError> {
  const reading = readUpTo(response.body, MAX_FAILURE_BYTES, signal).catch((error: unknown) => {
    if (signal.aborted) throw error
    return undefined // the body broke off: the status stands without its words
  })
  const body = await within(reading, MAX_FAILURE_TIME)
  const headers = withoutSecrets(response.headers, secrets)
  const init = {
    ...(body === undefined ? {} : readFailure(body, secrets)),
    status: response.status,
    headers,
    requestID: cleanText(headers.get('x-request-id') ?? undefined, secrets),
    authenticated: response.authenticated,
    retryAfter: retryAfterSeconds(headers),
  }
  return apiErrorOf(init, response.code)
}

/** The typed error for a failure that stands in an answer which opened: those are the router's words too. */
export function errorInAnswer(
  said: JsonObject,
  { status, headers, authenticated }: Omit<FailedResponse, 'body'>,
  secrets: readonly string[],
): APIError {
  return apiErrorOf({
    ...failureOf(said, secrets),
    status,
    headers: withoutSecrets(headers, secrets),
    authenticated,
  })
}

function withoutSecrets(headers: Headers, secrets: readonly string[]): Headers {
  const copy = new Headers()
  headers.forEach((value, name) => {
    const leaks = secrets.some((secret) => secret !== '' && value.includes(secret))
    if (name !== 'set-cookie') copy.append(name, leaks ? '[redacted]' : value)
  })
  return copy
}
