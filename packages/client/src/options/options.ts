/** What a client is made with, what a call may change, and the checks of both. */
import { MAX_PLAINTEXT_BYTES, memoryKeyStore, parseFingerprint, subtle, ValidationError } from '@nomyo/core'
import type { KeyEvent, KeyStore, RotationOptions, TrustStore } from '@nomyo/core'
import type { OpenEvent, SealEvent } from '../exchange/events.js'
import { assertAPIKey, type APIKey } from './api-key.js'
import { DEFAULT_BASE_URL, normalizeBaseURL } from './base-url.js'
import { environment } from './environment.js'
import { checkedHeaders, type HeaderRecord } from './headers.js'
import { assertKnownNames } from './known-names.js'
import { leveledLogger, type Logger, type LogLevel } from './logger.js'
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

/** Sizes in bytes that a call may not exceed. */
export interface Limits {
  /** Bytes of JSON in a request. Default: 10 MiB, which is also what a router accepts. */
  readonly maxRequestBytes?: number
  /** Bytes of JSON in an answer. Default: 64 MiB. */
  readonly maxResponseBytes?: number
}

/** How a {@link SecureChatCompletion} is made. Everything is optional. */
export interface ClientOptions {
  /** The router. Default: `NOMYO_BASE_URL`, else `https://api.nomyo.ai:12434`. A trailing `/v1` means the same. */
  readonly baseURL?: string | undefined
  /** Default: `NOMYO_API_KEY`, if it is set. */
  readonly apiKey?: APIKey | undefined
  /** Lets `baseURL` be http:, for local development. Default: false. */
  readonly allowHttp?: boolean | undefined
  /** Where our own keys and what is known of routers are kept. Default: {@link memoryKeyStore}. */
  readonly keyStore?: (KeyStore & Partial<TrustStore>) | undefined
  /** When our own key is replaced. Default: after 90 days, on its next use. */
  readonly rotation?: RotationOptions | undefined
  /** Starts loading or generating our key at construction, in the background. Default: false. */
  readonly prepareKeys?: boolean | undefined
  /** Fingerprints of the only router keys that are accepted, as `sha256/…` or hexadecimal. */
  readonly serverKeyPins?: readonly string[] | undefined
  readonly securityTier?: SecurityTier | undefined
  /** ms for each attempt, body included. Default: 600,000, ten minutes. */
  readonly timeout?: number | undefined
  /** How often a failed attempt is repeated. Default: 2. */
  readonly maxRetries?: number | undefined
  /** Used in place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** More headers for every call; they travel in clear, beside the envelope. */
  readonly defaultHeaders?: HeaderRecord | undefined
  /** Default: `console`. */
  readonly logger?: Logger | undefined
  /** Default: `NOMYO_LOG`, else `warn`. */
  readonly logLevel?: LogLevel | undefined
  readonly limits?: Limits | undefined
  /** Called with each sealed request, just before it is sent. */
  readonly onSeal?: ((event: SealEvent) => void) | undefined
  /** Called with each answer that opened. */
  readonly onOpen?: ((event: OpenEvent) => void) | undefined
  /** Called when our own key is generated, about to expire, or replaced. */
  readonly onKeyEvent?: ((event: KeyEvent) => void) | undefined
}

/** {@link ClientOptions} after every check, with the defaults filled in. */
export interface ResolvedOptions {
  readonly baseURL: string
  readonly keyStore: KeyStore & Partial<TrustStore>
  /** Canonical, `sha256/…`; undefined for trust on first use. */
  readonly pins: readonly string[] | undefined
  readonly logger: Logger
  readonly limits: Required<Limits>
  readonly fetch: typeof globalThis.fetch | undefined
  readonly onSeal: ((event: SealEvent) => void) | undefined
  readonly onOpen: ((event: OpenEvent) => void) | undefined
  readonly onKeyEvent: ((event: KeyEvent) => void) | undefined
  readonly rotation: RotationOptions | undefined
  readonly prepareKeys: boolean
  readonly defaults: ResolvedCall
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

const CLIENT_OPTIONS = {
  baseURL: true,
  apiKey: true,
  allowHttp: true,
  keyStore: true,
  rotation: true,
  prepareKeys: true,
  serverKeyPins: true,
  securityTier: true,
  timeout: true,
  maxRetries: true,
  fetch: true,
  defaultHeaders: true,
  logger: true,
  logLevel: true,
  limits: true,
  onSeal: true,
  onOpen: true,
  onKeyEvent: true,
} satisfies Record<keyof ClientOptions, true>

const TIERS: readonly string[] = ['standard', 'high', 'maximum'] satisfies SecurityTier[]
/** The longest time that a timer can hold, in ms. */
const MAX_TIMEOUT = 2_147_483_647
const TEN_MINUTES = 600_000

/** Checks and completes a client's options. @throws TypeError, ValidationError, SecurityError. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('SecureChatCompletion takes one object of options, such as { apiKey }.')
  }
  assertNoPythonNames(options)
  assertKnownNames(options, Object.keys(CLIENT_OPTIONS), 'SecureChatCompletion')
  subtle() // no secure context: say so now, not at the first message
  const allowHttp = optional(options.allowHttp, isBoolean, 'allowHttp must be true or false.') ?? false
  const baseURL = normalizeBaseURL(
    options.baseURL ?? environment('NOMYO_BASE_URL') ?? DEFAULT_BASE_URL,
    allowHttp,
  )
  const clientKey = checkedKey(options.apiKey)
  const nothing: ResolvedCall = {
    callKey: undefined,
    clientKey,
    securityTier: undefined,
    timeout: TEN_MINUTES,
    maxRetries: 2,
    signal: undefined,
    headers: checkedHeaders(options.defaultHeaders, 'defaultHeaders'),
  }
  const { securityTier, timeout, maxRetries } = options
  return {
    baseURL,
    keyStore: checkedStore(options.keyStore) ?? memoryKeyStore(),
    pins: checkedPins(options.serverKeyPins),
    logger: leveledLogger(options.logger, options.logLevel),
    limits: checkedLimits(options.limits),
    fetch: optional(options.fetch, isFunction, 'fetch must be a function.'),
    onSeal: optional(options.onSeal, isFunction, 'onSeal must be a function.'),
    onOpen: optional(options.onOpen, isFunction, 'onOpen must be a function.'),
    onKeyEvent: optional(options.onKeyEvent, isFunction, 'onKeyEvent must be a function.'),
    rotation: options.rotation,
    prepareKeys: optional(options.prepareKeys, isBoolean, 'prepareKeys must be true or false.') ?? false,
    defaults: mergeCall(nothing, { securityTier, timeout, maxRetries }),
  }
}

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

function mergeCall(defaults: ResolvedCall, options: Undefinable<CallOptions>): ResolvedCall {
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

function optional<T>(value: T | undefined, isValid: (value: T) => boolean, message: string): T | undefined {
  if (value !== undefined && !isValid(value)) throw new ValidationError(message)
  return value
}

const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isTier = (value: unknown): boolean => typeof value === 'string' && TIERS.includes(value)
const isTimeout = (value: unknown): boolean => typeof value === 'number' && value >= 1 && value <= MAX_TIMEOUT
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isSignal = (value: AbortSignal): boolean => typeof value?.addEventListener === 'function'

function checkedKey(key: APIKey | undefined): APIKey | undefined {
  if (key !== undefined && typeof key !== 'function') assertAPIKey(key)
  return key
}

function checkedStore(store: ClientOptions['keyStore']): ClientOptions['keyStore'] {
  const isStore = (value: object): boolean =>
    ['load', 'save', 'delete', 'list'].every((method) => typeof Reflect.get(value, method) === 'function')
  if (store !== undefined && (typeof store !== 'object' || store === null || !isStore(store))) {
    throw new TypeError(
      'keyStore must be a store, such as memoryKeyStore() or pemKeyStore({ dir }), not a path.',
    )
  }
  return store
}

function checkedPins(pins: readonly string[] | undefined): readonly string[] | undefined {
  if (pins === undefined) return undefined
  if (!Array.isArray(pins) || pins.length === 0) {
    throw new ValidationError(
      'serverKeyPins must be a list with at least one fingerprint; leave it out to pin nothing.',
    )
  }
  return pins.map((pin: string) => parseFingerprint(pin))
}

function checkedLimits(limits: Limits = {}): Required<Limits> {
  assertKnownNames(limits, ['maxRequestBytes', 'maxResponseBytes'], 'limits')
  const isSize = (value: number): boolean => Number.isSafeInteger(value) && value > 0
  const { maxRequestBytes, maxResponseBytes } = limits
  return {
    maxRequestBytes:
      optional(maxRequestBytes, isSize, 'limits.maxRequestBytes must be a number of bytes.') ??
      MAX_PLAINTEXT_BYTES,
    maxResponseBytes:
      optional(maxResponseBytes, isSize, 'limits.maxResponseBytes must be a number of bytes.') ??
      64 * 1024 * 1024,
  }
}
