/** What a client is made with, and the checks of it. */
import {
  MAX_PLAINTEXT_BYTES,
  memoryKeyStore,
  parseFingerprint,
  resolveRotation,
  subtle,
  ValidationError,
} from '@nomyo/core'
import type { KeyEvent, KeyStore, RotationOptions, TrustStore } from '@nomyo/core'
import type { OpenEvent, SealEvent } from '../exchange/events.js'
import type { Protocol } from '../exchange/exchange.js'
import type { APIKey } from './api-key.js'
import { DEFAULT_BASE_URL, normalizeBaseURL } from './base-url.js'
import { SHARED_RULES, type ResolvedCall, type SecurityTier } from './call-options.js'
import { ANYTHING, assertOptions, BOOLEAN, FUNCTION, hasMethods, oneOf, SIZE, type Rule } from './checks.js'
import { environment } from './environment.js'
import { checkedHeaders, type HeaderRecord } from './headers.js'
import { leveledLogger, LOG_LEVEL, LOGGER, type Logger, type LogLevel } from './logger.js'

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
  /**
   * Which version of the protocol: `auto`, the default, takes 2.0 where the router offers it, and never goes back
   * once it has spoken it.
   */
  readonly protocol?: 'auto' | Protocol | undefined
  /** The lowest version that is accepted. Default: `1.0`. */
  readonly minProtocol?: Protocol | undefined
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
  readonly protocol: 'auto' | Protocol
  readonly minProtocol: Protocol
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

const RULES = {
  ...SHARED_RULES,
  baseURL: ANYTHING,
  allowHttp: BOOLEAN,
  keyStore: [
    'a store, such as memoryKeyStore() or pemKeyStore({ dir }), not a path',
    (store) => hasMethods(store, ['load', 'save', 'delete', 'list']),
    TypeError,
  ],
  rotation: ANYTHING,
  prepareKeys: BOOLEAN,
  serverKeyPins: [
    'a list with at least one fingerprint; leave it out to pin nothing',
    (pins) => Array.isArray(pins) && pins.length > 0,
  ],
  protocol: oneOf('auto', '1.0', '2.0'),
  minProtocol: oneOf('1.0', '2.0'),
  fetch: FUNCTION,
  defaultHeaders: ANYTHING,
  logger: LOGGER,
  logLevel: LOG_LEVEL,
  limits: ANYTHING,
  onSeal: FUNCTION,
  onOpen: FUNCTION,
  onKeyEvent: FUNCTION,
} satisfies Record<keyof ClientOptions, Rule>

const LIMIT_RULES = {
  maxRequestBytes: SIZE,
  maxResponseBytes: SIZE,
} satisfies Record<keyof Limits, Rule>

const TEN_MINUTES = 600_000
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024

/** Checks and completes the options of `what`. @throws TypeError, ValidationError, SecurityError. */
export function resolveOptions(options: ClientOptions, what: string): ResolvedOptions {
  assertOptions(options, RULES, what)
  subtle() // no secure context: say so now, not at the first message
  const { baseURL, allowHttp = false, keyStore, serverKeyPins, logger, logLevel, limits = {} } = options
  const { protocol = 'auto', minProtocol = '1.0', prepareKeys = false } = options
  const { fetch, onSeal, onOpen, onKeyEvent, rotation } = options
  assertOptions(limits, LIMIT_RULES, 'limits')
  resolveRotation(rotation) // what it says is used when our own key is, and refused here
  const { maxRequestBytes = MAX_PLAINTEXT_BYTES, maxResponseBytes = MAX_RESPONSE_BYTES } = limits
  if (protocol === '1.0' && minProtocol === '2.0') {
    throw new ValidationError('protocol is 1.0, which minProtocol forbids.')
  }
  return {
    baseURL: normalizeBaseURL(baseURL ?? environment('NOMYO_BASE_URL') ?? DEFAULT_BASE_URL, allowHttp),
    keyStore: keyStore ?? memoryKeyStore(),
    pins: serverKeyPins?.map(checkedPin),
    protocol,
    minProtocol,
    logger: leveledLogger(logger, logLevel),
    limits: { maxRequestBytes, maxResponseBytes },
    fetch,
    onSeal,
    onOpen,
    onKeyEvent,
    rotation,
    prepareKeys,
    defaults: defaultsOf(options),
  }
}

/** What holds for every call that does not say otherwise. */
function defaultsOf({
  apiKey,
  securityTier,
  timeout,
  maxRetries,
  defaultHeaders,
}: ClientOptions): ResolvedCall {
  return {
    callKey: undefined,
    clientKey: apiKey,
    securityTier,
    timeout: timeout ?? TEN_MINUTES,
    maxRetries: maxRetries ?? 2,
    signal: undefined,
    headers: checkedHeaders(defaultHeaders, 'defaultHeaders'),
  }
}

function checkedPin(pin: string): string {
  try {
    return parseFingerprint(pin)
  } catch (error) {
    if (!ValidationError.isInstance(error)) throw error
    throw new ValidationError(`serverKeyPins: ${error.message}`)
  }
}
