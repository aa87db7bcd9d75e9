/** What a client is made with, and the checks of it. */
import { memoryKeyStore, parseFingerprint, subtle, ValidationError } from '@nomyo/core'
import type { KeyEvent, KeyStore, RotationOptions, TrustStore } from '@nomyo/core'
import type { OpenEvent, SealEvent } from '../exchange/events.js'
import type { Protocol } from '../exchange/exchange.js'
import { checkedKey, type APIKey } from './api-key.js'
import { DEFAULT_BASE_URL, normalizeBaseURL } from './base-url.js'
import { mergeCall, type ResolvedCall, type SecurityTier } from './call-options.js'
import { isBoolean, isFunction, optional } from './checks.js'
import { environment } from './environment.js'
import { checkedHeaders, type HeaderRecord } from './headers.js'
import { assertKnownNames } from './known-names.js'
import { checkedLimits, type Limits } from './limits.js'
import { leveledLogger, type Logger, type LogLevel } from './logger.js'
import { assertNoPythonNames } from './python-names.js'

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

const CLIENT_OPTIONS = {
  baseURL: true,
  apiKey: true,
  allowHttp: true,
  keyStore: true,
  rotation: true,
  prepareKeys: true,
  serverKeyPins: true,
  protocol: true,
  minProtocol: true,
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

const TEN_MINUTES = 600_000

/** Checks and completes a client's options. @throws TypeError, ValidationError, SecurityError. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('SecureChatCompletion takes one object of options, such as { apiKey }.')
  }
  assertNoPythonNames(options)
  assertKnownNames(options, Object.keys(CLIENT_OPTIONS), 'SecureChatCompletion')
  subtle() // no secure context: say so now, not at the first message
  return {
    baseURL: baseURLOf(options),
    keyStore: checkedStore(options.keyStore) ?? memoryKeyStore(),
    pins: checkedPins(options.serverKeyPins),
    ...protocolsOf(options),
    logger: leveledLogger(options.logger, options.logLevel),
    limits: checkedLimits(options.limits),
    fetch: optional(options.fetch, isFunction, 'fetch must be a function.'),
    onSeal: optional(options.onSeal, isFunction, 'onSeal must be a function.'),
    onOpen: optional(options.onOpen, isFunction, 'onOpen must be a function.'),
    onKeyEvent: optional(options.onKeyEvent, isFunction, 'onKeyEvent must be a function.'),
    rotation: options.rotation,
    prepareKeys: optional(options.prepareKeys, isBoolean, 'prepareKeys must be true or false.') ?? false,
    defaults: callDefaults(options),
  }
}

function baseURLOf(options: ClientOptions): string {
  const allowHttp = optional(options.allowHttp, isBoolean, 'allowHttp must be true or false.') ?? false
  return normalizeBaseURL(options.baseURL ?? environment('NOMYO_BASE_URL') ?? DEFAULT_BASE_URL, allowHttp)
}

function protocolsOf(options: ClientOptions): Pick<ResolvedOptions, 'protocol' | 'minProtocol'> {
  const [protocol, minProtocol] = [options.protocol ?? 'auto', options.minProtocol ?? '1.0']
  optional(protocol, (value) => ['auto', '1.0', '2.0'].includes(value), 'protocol must be auto, 1.0 or 2.0.')
  optional(minProtocol, (value) => ['1.0', '2.0'].includes(value), 'minProtocol must be 1.0 or 2.0.')
  if (protocol === '1.0' && minProtocol === '2.0') {
    throw new ValidationError('protocol is 1.0, which minProtocol forbids.')
  }
  return { protocol, minProtocol }
}

/** What holds for every call that does not say otherwise. */
function callDefaults({ apiKey, defaultHeaders, ...options }: ClientOptions): ResolvedCall {
  const nothing: ResolvedCall = {
    callKey: undefined,
    clientKey: checkedKey(apiKey),
    securityTier: undefined,
    timeout: TEN_MINUTES,
    maxRetries: 2,
    signal: undefined,
    headers: checkedHeaders(defaultHeaders, 'defaultHeaders'),
  }
  const { securityTier, timeout, maxRetries } = options
  return mergeCall(nothing, { securityTier, timeout, maxRetries })
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
  return pins.map((pin: string) => {
    try {
      return parseFingerprint(pin)
    } catch (error) {
      if (!ValidationError.isInstance(error)) throw error
      throw new ValidationError(`serverKeyPins: ${error.message}`)
    }
  })
}
