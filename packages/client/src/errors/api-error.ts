/** The errors of the HTTP side: what the router answered, and what kept an answer from arriving. */
import { NomyoError } from '@nomyo/core'

/** The `code` of every error that `@nomyo/client` adds to those of `@nomyo/core`. */
export type APIErrorCode =
  | 'api_error'
  | 'invalid_request'
  | 'envelope_refused'
  | 'unauthorized'
  | 'forbidden'
  | 'http_not_found'
  | 'rate_limited'
  | 'server_error'
  | 'service_unavailable'
  | 'connection_failed'
  | 'timeout'
  | 'aborted'

/** What a failed answer said. */
export interface APIErrorInit {
  /** HTTP status, 400 to 599. */
  readonly status: number
  /** The server's explanation: at most 512 characters, without control characters. A stranger's text. */
  readonly detail?: string | undefined
  /** OpenAI's `error.type`, if the server gave one. */
  readonly type?: string | undefined
  /** OpenAI's `error.param`, if the server gave one. */
  readonly param?: string | undefined
  /** OpenAI's `error.code`, if the server gave one; `code` is always ours. */
  readonly apiCode?: string | undefined
  /** The `x-request-id` header, to quote to the router's operator. */
  readonly requestID?: string | undefined
  readonly headers: Headers
  /** Whether the failure came sealed. False: anybody on the way could have written it. */
  readonly authenticated: boolean
  /** How long the server asks to wait, in seconds. */
  readonly retryAfter?: number | undefined
}

/** The router answered with a failure. Look at `status` and `detail`; `authenticated` says who may have said it. */
export class APIError extends NomyoError implements APIErrorInit {
  static override readonly kind: string = 'APIError'
  declare readonly code: APIErrorCode
  readonly status: number
  readonly detail: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
  readonly apiCode: string | undefined
  readonly requestID: string | undefined
  readonly headers: Headers
  readonly authenticated: boolean
  readonly retryAfter: number | undefined

  constructor(init: APIErrorInit, code: APIErrorCode = 'api_error') {
    super(code, messageOf(init))
    this.status = init.status
    this.detail = init.detail
    this.type = init.type
    this.param = init.param
    this.apiCode = init.apiCode
    this.requestID = init.requestID
    this.headers = init.headers
    this.authenticated = init.authenticated
    this.retryAfter = init.retryAfter
  }
}

function messageOf({ status, detail, retryAfter, authenticated }: APIErrorInit): string {
  // What came sealed was said by the models' server, which a wrong address does not reach.
  const advice = status === 404 && !authenticated ? ' Check baseURL and model.' : ''
  const wait = retryAfter === undefined ? '' : ` It asks to wait ${retryAfter} s.`
  const said = detail === undefined ? '.' : `: ${detail}${/[.!?]$/.test(detail) ? '' : '.'}`
  return `The router answered ${status}${said}${advice}${wait}`
}

/**
 * 400: the router refused the request; mend it. `envelope_refused`: it could not open it, or has seen it before.
 * Not retried.
 */
export class InvalidRequestError extends APIError {
  static override readonly kind: string = 'InvalidRequestError'
  constructor(init: APIErrorInit, code: APIErrorCode = 'invalid_request') {
    super(init, code)
  }
}

/** 401: the API key is missing or wrong. Not retried. */
export class AuthenticationError extends APIError {
  static override readonly kind: string = 'AuthenticationError'
  constructor(init: APIErrorInit) {
    super(init, 'unauthorized')
  }
}

/** 403: the API key does not allow this, or the security tier does not allow this model. Not retried. */
export class ForbiddenError extends APIError {
  static override readonly kind: string = 'ForbiddenError'
  constructor(init: APIErrorInit) {
    super(init, 'forbidden')
  }
}

/** 404: secure inference is not enabled there, or the model does not exist. Check baseURL and model. */
export class NotFoundError extends APIError {
  static override readonly kind: string = 'NotFoundError'
  constructor(init: APIErrorInit) {
    super(init, 'http_not_found')
  }
}

/** 429: too many requests. Retried; wait `retryAfter` seconds, if it is given, before you ask again. */
export class RateLimitError extends APIError {
  static override readonly kind: string = 'RateLimitError'
  constructor(init: APIErrorInit) {
    super(init, 'rate_limited')
  }
}

/** 5xx: the router, or the model behind it, failed. 500, 502 and 504 were retried. Ask again later. */
export class ServerError extends APIError {
  static override readonly kind: string = 'ServerError'
  constructor(init: APIErrorInit, code: APIErrorCode = 'server_error') {
    super(init, code)
  }
}

/** 503: the router is overloaded or cooling down. Wait `retryAfter` seconds, if it is given. */
export class ServiceUnavailableError extends ServerError {
  static override readonly kind: string = 'ServiceUnavailableError'
  constructor(init: APIErrorInit) {
    super(init, 'service_unavailable')
  }
}

/** No whole answer arrived: the router is unreachable, its certificate is not valid, or the connection broke. */
export class APIConnectionError extends NomyoError {
  static override readonly kind: string = 'APIConnectionError'
  declare readonly code: APIErrorCode
  /** The system's word for it, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`, where the runtime gives one. */
  readonly reason: string | undefined

  constructor(reason?: string, code: APIErrorCode = 'connection_failed', message?: string) {
    super(code, message ?? connectionFailed(reason))
    this.reason = reason
  }
}

/** @internal */
export function connectionFailed(reason: string | undefined): string {
  return `The connection to the router failed${reason === undefined ? '' : ` (${reason})`}.`
}

/** No whole answer arrived in time. Raise `timeout`, or ask for less. */
export class APITimeoutError extends APIConnectionError {
  static override readonly kind: string = 'APITimeoutError'

  constructor(message: string) {
    super(undefined, 'timeout', message)
  }
}

/** The caller's own signal stopped the call. */
export class APIUserAbortError extends NomyoError {
  static override readonly kind: string = 'APIUserAbortError'

  constructor() {
    super('aborted', 'The call was aborted.')
  }
}

const BY_STATUS: Readonly<Record<number, new (init: APIErrorInit, code?: APIErrorCode) => APIError>> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: ForbiddenError,
  404: NotFoundError,
  429: RateLimitError,
  503: ServiceUnavailableError,
}

/** The error for a status: the one table from status to class. `code` is for one that says more than the class. */
export function apiErrorOf(init: APIErrorInit, code?: APIErrorCode): APIError {
  const type = BY_STATUS[init.status]
  if (type !== undefined) return new type(init, code)
  return init.status >= 500 ? new ServerError(init) : new APIError(init)
}
