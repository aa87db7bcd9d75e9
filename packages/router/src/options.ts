import { MAX_PLAINTEXT_BYTES, type KeyPair } from '@nomyo/core'
import { isOriginForm } from '@nomyo/core/exchange'
import { ApiKeys } from './access/api-keys.js'
import { Hosts } from './access/hosts.js'
import { Origins } from './access/origins.js'
import { assertTiers, type TierModels } from './access/tiers.js'
import type { Backend } from './backend/backend.js'
import { KeyRing, type ReloadKeys } from './key-ring.js'
import { silent, tolerant, type RouterLogger } from './logger.js'
import { DEFAULT_PATHS, VERSIONS, type Version } from './protocol.js'
import { ClientKeys } from './v1/client-keys.js'
import { CapabilitiesDocument } from './v2/capabilities-document.js'
import { OpeningQueue } from './v2/opening.js'
import { memoryReplayStore, type ReplayStore } from './v2/replay-store.js'

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
  /** Bytes of an answer over 2.0, streamed or not. Default: 64 MiB. */
  readonly maxStreamBytes?: number
  /** How many requests may wait for RSA over 2.0. Default: 256. */
  readonly maxOpening?: number
  /** Milliseconds in which the replay store must have answered. Default: 5 s. */
  readonly claimTimeout?: number
  /** Milliseconds for which the small pieces of a stream, but the first, are put together. Default: 4. */
  readonly coalesce?: number
  /** Milliseconds of silence after which an empty piece shows that the router is there. Default: 10 s. */
  readonly heartbeat?: number
}

/** What a router is made of. */
export interface RouterOptions {
  /**
   * The router's key pair, or several: the first is the current one, the others still open requests. A key
   * may be given as several handles (imported several times), which lets engines use more than one core.
   */
  readonly keys: KeyPair | readonly KeyPair[]
  /**
   * Loads the keys as they are by now, in the form of `keys`: called when a request over 2.0 names a key that the router
   * has not, at most once a second. With it, replicas take up a new key one after the other and fail no call. A rejection
   * leaves the keys as they are. Not for engines in which a request may not wait for what another began, as in Workers.
   */
  readonly reloadKeys?: ReloadKeys
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
  /** The versions that are spoken. Default: `1.0` and `2.0`. */
  readonly versions?: readonly Version[]
  /** What may be asked over 2.0, such as `/v1/embeddings` or `/v1/files/*`. Default: what keeps no state. */
  readonly paths?: readonly string[]
  /** Routers that share a key must share one. Default: {@link memoryReplayStore}. */
  readonly replayStore?: ReplayStore
  readonly limits?: RouterLimits
  /** Default: silent. Never given a body, a key or a credential. */
  readonly logger?: RouterLogger
  /** The time in ms since 1970. Default: `Date.now`. */
  readonly now?: () => number
}

/** The options, checked and with their defaults. */
export interface RouterConfig {
  readonly keyRing: KeyRing
  readonly clientKeys: ClientKeys
  readonly backend: Backend
  readonly apiKeys: ApiKeys | undefined
  readonly tiers: TierModels | undefined
  readonly origins: Origins
  readonly hosts: Hosts | undefined
  readonly versions: readonly Version[]
  readonly paths: readonly string[]
  readonly capabilities: CapabilitiesDocument
  readonly replayStore: ReplayStore
  readonly opening: OpeningQueue
  readonly limits: Required<RouterLimits>
  readonly logger: RouterLogger
  readonly now: () => number
}

const DEFAULT_LIMITS: Required<RouterLimits> = {
  maxPlaintextBytes: MAX_PLAINTEXT_BYTES,
  maxAnswerBytes: MAX_PLAINTEXT_BYTES,
  bodyTimeout: 60_000,
  backendTimeout: 600_000,
  maxStreamBytes: 64 * 1024 * 1024,
  maxOpening: 256,
  claimTimeout: 5_000,
  coalesce: 4,
  heartbeat: 10_000,
}

/** The longest delay that timers know, in ms: a longer one would fire at once. */
const MAX_LIMIT = 2 ** 31 - 1

/** @throws TypeError for options that make no sense. */
export function resolveOptions(options: RouterOptions): RouterConfig {
  const { apiKeys, tiers, allowedHosts, backend } = options
  if (typeof backend?.send !== 'function') throw new TypeError('backend must have a method send.')
  if (tiers !== undefined) assertTiers(tiers)
  const keyRing = new KeyRing(options.keys, options.reloadKeys)
  const versions = checkedVersions(options.versions ?? VERSIONS)
  const paths = checkedPaths(options.paths ?? DEFAULT_PATHS)
  const limits = resolveLimits(options.limits ?? {})
  const now = options.now ?? Date.now
  return {
    keyRing,
    clientKeys: new ClientKeys(),
    versions,
    paths,
    capabilities: new CapabilitiesDocument({ keyRing, versions, paths }),
    replayStore: options.replayStore ?? memoryReplayStore({ now }),
    opening: new OpeningQueue(limits.maxOpening),
    backend,
    apiKeys: apiKeys === undefined ? undefined : new ApiKeys(apiKeys),
    tiers,
    origins: new Origins(options.corsOrigins ?? []),
    hosts: allowedHosts === undefined ? undefined : new Hosts(allowedHosts),
    limits,
    logger: options.logger === undefined ? silent : tolerant(options.logger),
    now,
  }
}

function checkedVersions(versions: readonly Version[]): readonly Version[] {
  if (!Array.isArray(versions) || versions.length === 0 || !versions.every((one) => VERSIONS.includes(one))) {
    throw new TypeError('versions must list 1.0, 2.0, or both.')
  }
  return versions
}

function checkedPaths(paths: readonly string[]): readonly string[] {
  const isPath = (path: unknown): boolean =>
    typeof path === 'string' &&
    isOriginForm(path.replace(/\/\*$/, '/x')) &&
    !/[?*]/.test(path.replace(/\/\*$/, ''))
  if (!Array.isArray(paths) || !paths.every(isPath)) {
    throw new TypeError('paths must list paths such as /v1/embeddings, or beginnings that end in /*.')
  }
  return paths
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
