/** What a single call may change, and the checks of that. */
import { API_KEY, type APIKey } from './api-key.js'
import { ANYTHING, assertOptions, COUNT, oneOf, SIGNAL, TIMEOUT, type Rule } from './checks.js'
import { checkedHeaders, type HeaderRecord } from './headers.js'

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

/** What of a call can be said at construction too. */
export const SHARED_RULES: Readonly<Record<'apiKey' | 'securityTier' | 'timeout' | 'maxRetries', Rule>> = {
  apiKey: API_KEY,
  securityTier: oneOf('standard', 'high', 'maximum'),
  timeout: TIMEOUT,
  maxRetries: COUNT,
}

const RULES = {
  ...SHARED_RULES,
  signal: SIGNAL,
  headers: ANYTHING,
} satisfies Record<keyof CallOptions, Rule>

/** Checks a call's options and lays them over the client's. @throws TypeError, ValidationError. */
export function resolveCall(defaults: ResolvedCall, options: CallOptions): ResolvedCall {
  assertOptions(options, RULES, 'A call')
  const { apiKey, securityTier, timeout, maxRetries, signal, headers } = options
  return {
    callKey: apiKey,
    clientKey: defaults.clientKey,
    securityTier: securityTier ?? defaults.securityTier,
    timeout: timeout ?? defaults.timeout,
    maxRetries: maxRetries ?? defaults.maxRetries,
    signal: signal ?? defaults.signal,
    headers: { ...defaults.headers, ...checkedHeaders(headers, 'headers') },
  }
}
