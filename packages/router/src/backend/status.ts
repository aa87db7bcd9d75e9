/** What the status of a models' server means to the router's client. */
import { Failure, type FailureCode } from '../failure.js'
import { retryAfterSeconds } from '../http/retry-after.js'

/** All others, redirects among them, are `backend_failed`. */
const BY_STATUS: Readonly<Record<number, FailureCode>> = {
  400: 'backend_refused',
  // Its credentials are the router's: the client can do nothing about them.
  401: 'backend_unauthorized',
  403: 'backend_unauthorized',
  404: 'backend_not_found',
  408: 'backend_timeout',
  413: 'backend_too_large',
  422: 'backend_refused',
  429: 'backend_rate_limited',
  503: 'backend_unavailable',
  504: 'backend_timeout',
}

/**
 * The failure that an answer other than 2xx stands for, with its Retry-After if that is sane.
 * @param now - ms since 1970.
 */
export function failureOfStatus(response: Response, now: number): Failure {
  const code = BY_STATUS[response.status] ?? 'backend_failed'
  const seconds = retryAfterSeconds(response.headers.get('retry-after'), now)
  const mayWait = code === 'backend_rate_limited' || code === 'backend_unavailable'
  return new Failure(code, mayWait && seconds !== undefined ? { 'retry-after': String(seconds) } : {})
}
