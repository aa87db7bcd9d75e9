import { importPublicKey, SecurityError, type PublicKey } from '@nomyo/core'
import { APITimeoutError, APIUserAbortError } from '../errors/api-error.js'
import { errorFromResponse } from '../errors/from-response.js'
import { abortable } from '../http/abort.js'
import { readUpTo } from '../http/body.js'
import type { Transport } from '../http/transport.js'
import type { AcceptedKey, TrustPolicy } from './trust-policy.js'

const PATH = '/pki/public_key'
/** Bytes: an 8192-bit key is 1.5 KB of PEM. */
const MAX_KEY_BYTES = 64 * 1024
/** ms for which a key is used without asking again. */
const MAX_AGE = 3_600_000

/** A router's key that was accepted. */
export interface ServerKey extends AcceptedKey {
  readonly publicKey: PublicKey
}

/** A fetch that is under way, and how many callers wait for it. */
interface Fetching {
  readonly controller: AbortController
  readonly key: Promise<ServerKey>
  callers: number
}

/** What fetching the router's key needs. */
export interface ServerKeysSettings {
  /** Normalised. */
  readonly baseURL: string
  /** What travels with the request, lower-case names; no Authorization: this answer is public. */
  readonly headers: Readonly<Record<string, string>>
  /** ms for fetching it. */
  readonly timeout: number
  readonly transport: Transport
  readonly policy: TrustPolicy
}

/** The router's key: fetched once for all callers that want it at the same time, kept for an hour. */
export class ServerKeys {
  readonly #settings: ServerKeysSettings
  #cached: { readonly key: ServerKey; readonly fetchedAt: number } | undefined
  #fetching: Fetching | undefined
  /** Raised when all that was known of the key is void. */
  #generation = 0

  constructor(settings: ServerKeysSettings) {
    this.#settings = settings
  }

  /** The key that was fetched last, if it still counts. */
  get known(): ServerKey | undefined {
    return this.#cached?.key
  }

  /** The key to seal to. @throws SecurityError if it must not be used; what a failed fetch throws. */
  async current(signal: AbortSignal): Promise<PublicKey> {
    return (await this.describe(signal)).publicKey
  }

  /** The key to seal to, with what is known of it. */
  async describe(signal: AbortSignal): Promise<ServerKey> {
    const cached = this.#cached
    if (cached !== undefined && performance.now() - cached.fetchedAt < MAX_AGE) return cached.key
    const generation = this.#generation
    const key = await this.#fetchOnce(signal)
    // What was trusted may have changed while the key was on its way.
    return generation === this.#generation ? key : this.describe(signal)
  }

  /** The key that the router presents now, after it could not use `stale`. */
  async renew(stale: PublicKey, signal: AbortSignal): Promise<PublicKey> {
    // Another call may have renewed it in the meantime.
    if (this.#cached?.key.publicKey === stale) this.forget()
    return this.current(signal)
  }

  /** Makes the next use fetch the key again. */
  forget(): void {
    this.#generation++
    this.#cached = undefined
    this.#fetching = undefined
  }

  /**
   * The one fetch goes on when one of its callers gives up, and ends when the last one does, so that nobody
   * else has to wait for a request that stalls. It has a time limit of its own.
   */
  async #fetchOnce(signal: AbortSignal): Promise<ServerKey> {
    const fetching = (this.#fetching ??= this.#start())
    fetching.callers++
    try {
      return await abortable(fetching.key, signal)
    } finally {
      if (--fetching.callers === 0) this.#end(fetching)
    }
  }

  #start(): Fetching {
    const controller = new AbortController()
    return { controller, callers: 0, key: this.#fetch(controller) }
  }

  #end(fetching: Fetching): void {
    fetching.controller.abort(new APIUserAbortError())
    if (this.#fetching === fetching) this.#fetching = undefined
  }

  async #fetch(controller: AbortController): Promise<ServerKey> {
    const { baseURL, headers, timeout, transport, policy } = this.#settings
    const late = (): void =>
      controller.abort(new APITimeoutError(`No key from the router within ${timeout} ms.`))
    const timer = setTimeout(late, timeout)
    const generation = this.#generation
    try {
      const { signal } = controller
      const response = await transport({ url: baseURL + PATH, method: 'GET', headers, signal })
      const publicKey = await importPublicKey(await readKey(response, signal))
      const key = { publicKey, ...(await policy.accept(publicKey.fingerprint)) }
      if (generation === this.#generation) this.#cached = { key, fetchedAt: performance.now() }
      return key
    } finally {
      clearTimeout(timer)
    }
  }
}

async function readKey(response: Response, signal: AbortSignal): Promise<string> {
  if (response.status >= 400) {
    const { status, headers, body } = response
    throw await errorFromResponse({ status, headers, body, authenticated: false }, [], signal)
  }
  const bytes = await readUpTo(response.body, MAX_KEY_BYTES, signal)
  if (bytes !== undefined) return new TextDecoder().decode(bytes)
  throw new SecurityError('key_refused', `The RSA key is refused: it is larger than ${MAX_KEY_BYTES} bytes.`)
}
