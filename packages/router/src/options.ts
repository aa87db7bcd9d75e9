import { MAX_PLAINTEXT_BYTES, type KeyPair } from '@nomyo/core'
import { ApiKeys } from './access/api-keys.js'
import { Hosts } from './access/hosts.js'
import { Origins } from './access/origins.js'
import { assertTiers, type TierModels } from './access/tiers.js'
import type { Backend } from './backend/backend.js'
import { KeyRing } from './key-ring.js'
import { silent, tolerant, type RouterLogger } from './logger.js'

/** How much a request may take. */
export interface RouterLimits {
  /** Bytes of an opened request. Default: 10 MiB. */
  readonly maxPlaintextBytes?: number
  /** Bytes of an answer with its `_metadata`. Default: 10 MiB. */
  readonly maxAnswerBytes?: number
  /** Milliseconds in which a request's body must have arrived. Default: 60 s. */
  readonly bodyTimeout?: number
  /** Milliseconds in which the backend's whole answer must have arrived. Default: 10 minutes. */
  readonly backendTimeout?: number
}

/** What a router is made of. */
export interface RouterOptions {
  /**
   * The router's key pair, or several: the first is the current one, the others still open requests. A key
   * may be given as several handles (imported several times), which lets engines use more than one core.
   */
  readonly keys: KeyPair | readonly KeyPair[]
  /** Where opened requests go: `openAIBackend`, `embeddedBackend`, or your own. */
  readonly backend: Backend
  /** The API keys that clients may present. Without it none is needed; an empty list is an error. */
  readonly apiKeys?: readonly string[]
  /** Which models each security tier allows. Without it every tier allows every model. */
  readonly tiers?: TierModels
  /** Origins whose pages may use the router besides its own, exactly as browsers write them; `*` for all. */
  readonly corsOrigins?: readonly string[]
  /**
   * Host names that the router answers to, such as `localhost` (any port) or `[::1]:12434`. A router on a
   * local address needs it against DNS rebinding. Without it every name is answered.
   */
  readonly allowedHosts?: readonly string[]
  readonly limits?: RouterLimits
  /** Default: silent. Never given a body, a key or a credential. */
  readonly logger?: RouterLogger
  /** The time in ms since 1970. Default: `Date.now`. */
  readonly now?: () => number
}

/** The options, checked and with their defaults. */
export interface RouterConfig {
  readonly keyRing: KeyRing
  readonly backend: Backend
  readonly apiKeys: ApiKeys | undefined
  readonly tiers: TierModels | undefined
  readonly origins: Origins
  readonly hosts: Hosts | undefined
  readonly limits: Required<RouterLimits>
  readonly logger: RouterLogger
  readonly now: () => number
}

const DEFAULT_LIMITS: Required<RouterLimits> = {
  maxPlaintextBytes: MAX_PLAINTEXT_BYTES,
  maxAnswerBytes: MAX_PLAINTEXT_BYTES,
  bodyTimeout: 60_000,
  backendTimeout: 600_000,
}

/** The longest delay that timers know, in ms: a longer one would fire at once. */
const MAX_LIMIT = 2 ** 31 - 1

/** @throws TypeError for options that make no sense. */
export function resolveOptions(options: RouterOptions): RouterConfig {
  const { apiKeys, tiers, allowedHosts, backend } = options
  if (typeof backend?.send !== 'function') throw new TypeError('backend must have a method send.')
  if (tiers !== undefined) assertTiers(tiers)
  return {
    keyRing: new KeyRing(options.keys),
    backend,
    apiKeys: apiKeys === undefined ? undefined : new ApiKeys(apiKeys),
    tiers,
    origins: new Origins(options.corsOrigins ?? []),
    hosts: allowedHosts === undefined ? undefined : new Hosts(allowedHosts),
    limits: resolveLimits(options.limits ?? {}),
    logger: options.logger === undefined ? silent : tolerant(options.logger),
    now: options.now ?? Date.now,
  }
}

function resolveLimits(given: RouterLimits): Required<RouterLimits> {
  const limits = { ...DEFAULT_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value <= 0 || value > MAX_LIMIT) {
      throw new TypeError(`limits.${name} must be a whole number from 1 to ${MAX_LIMIT}.`)
    }
  }
  return limits
}
