/** What a single call may change, and the checks of that. */
import { checkedKey, type APIKey } from './api-key.js'
import { isCount, isSignal, isTimeout, MAX_TIMEOUT, optional } from './checks.js'
import { checkedHeaders, type HeaderRecord } from './headers.js'
import { assertKnownNames } from './known-names.js'
import { assertNoPythonNames } from './python-names.js'

/** How carefully the router must treat a request; what each tier means is the router's to say. */
export type SecurityTier = 'standard' | 'high' | 'maximum'

/** What may be given with a single call, and else holds for all calls of a client. */
export interface CallOptions {
  readonly apiKey?: APIKey | undefined
  readonly securityTier?: SecurityTier | undefined
  /** ms for each attempt, body included. Default: 600,000, ten minutes. */
  readonly timeout?: number | undefined
  /** How often a failed attempt is repeated. Default: 2. */
  readonly maxRetries?: number | undefined
  /** Ends the call at once, also while it waits to retry. */
  readonly signal?: AbortSignal | undefined
  /** More headers; they travel in clear, beside the envelope. */
  readonly headers?: HeaderRecord | undefined
}

/** {@link CallOptions} after every check, with the client's own filled in. */
export interface ResolvedCall {
  /** Given with the call. */
  readonly callKey: APIKey | undefined
  /** Given at construction. */
  readonly clientKey: APIKey | undefined
  readonly securityTier: SecurityTier | undefined
  readonly timeout: number
  readonly maxRetries: number
  readonly signal: AbortSignal | undefined
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

const CALL_OPTIONS = {
  apiKey: true,
  securityTier: true,
  timeout: true,
  maxRetries: true,
  signal: true,
  headers: true,
} satisfies Record<keyof CallOptions, true>

const TIERS: readonly string[] = ['standard', 'high', 'maximum'] satisfies SecurityTier[]

/** Checks a call's options over the client's. @throws TypeError, ValidationError. */
export function resolveCall(defaults: ResolvedCall, options: CallOptions): ResolvedCall {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('The second argument of create() is an object of options, such as { signal }.')
  }
  assertNoPythonNames(options)
  assertKnownNames(options, Object.keys(CALL_OPTIONS), 'create()')
  return mergeCall(defaults, options)
}

type Undefinable<T> = { readonly [K in keyof T]: T[K] | undefined }

/** The options of a call, checked, over those of the client. @throws ValidationError. */
export function mergeCall(defaults: ResolvedCall, options: Undefinable<CallOptions>): ResolvedCall {
  const { securityTier, timeout, maxRetries, signal } = options
  return {
    callKey: checkedKey(options.apiKey),
    clientKey: defaults.clientKey,
    securityTier:
      optional(securityTier, isTier, `securityTier must be one of ${TIERS.join(', ')}.`) ??
      defaults.securityTier,
    timeout: optional(timeout, isTimeout, `timeout must be from 1 to ${MAX_TIMEOUT} ms.`) ?? defaults.timeout,
    maxRetries:
      optional(maxRetries, isCount, 'maxRetries must be a whole number from 0.') ?? defaults.maxRetries,
    signal: optional(signal, isSignal, 'signal must be an AbortSignal.') ?? defaults.signal,
    headers: { ...defaults.headers, ...checkedHeaders(options.headers, 'headers') },
  }
}

const isTier = (value: unknown): boolean => typeof value === 'string' && TIERS.includes(value)
