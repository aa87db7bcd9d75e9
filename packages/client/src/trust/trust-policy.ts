import { KeyStoreError, ServerKeyMismatchError, type RouterTrust, type TrustStore } from '@nomyo/core'
import type { Logger } from '../options/logger.js'

/** Where routers are remembered: a store, or this object's own memory. */
export interface TrustSettings {
  /** Normalised. */
  readonly baseURL: string
  /** Canonical fingerprints, or undefined for trust on first use. */
  readonly pins: readonly string[] | undefined
  readonly store: TrustStore
  readonly logger: Logger
}

/** What is known about the key that a router presented. */
export interface AcceptedKey {
  /** When it was first seen, in ms since 1970; a pinned one: by this client. */
  readonly firstSeen: number
  /** Whether it is pinned, rather than trusted on first use. */
  readonly pinned: boolean
}

/** Decides whether a router's key may be used. Asked before anything is sealed to it. */
export class TrustPolicy {
  readonly #settings: TrustSettings
  /** Since when each pinned key is in use here. */
  readonly #pinnedSince = new Map<string, number>()
  /** The end of what is being decided: reading and remembering must not mix with another decision. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(settings: TrustSettings) {
    this.#settings = settings
  }

  /**
   * Accepts a fingerprint, or not: with pins, only those; else the remembered ones; else, for a router that
   * is new to us, any, which is then remembered.
   * @throws ServerKeyMismatchError for any other.
   */
  async accept(fingerprint: string): Promise<AcceptedKey> {
    const { pins } = this.#settings
    if (pins === undefined) return this.#inTurn(() => this.#acceptUnpinned(fingerprint))
    if (!pins.includes(fingerprint)) throw new ServerKeyMismatchError(pins, fingerprint, 'pinned')
    const firstSeen = this.#pinnedSince.get(fingerprint) ?? Date.now()
    this.#pinnedSince.set(fingerprint, firstSeen)
    return { firstSeen, pinned: true }
  }

  /** Remembers this fingerprint, and no other, for the router. */
  async remember(fingerprint: string): Promise<void> {
    await this.#inTurn(() => this.#remember(fingerprint))
  }

  async #acceptUnpinned(fingerprint: string): Promise<AcceptedKey> {
    const { store, baseURL } = this.#settings
    const known = (await store.get(baseURL)) ?? (await this.#meet(fingerprint))
    if (!known.fingerprints.includes(fingerprint)) {
      throw new ServerKeyMismatchError(known.fingerprints, fingerprint, 'remembered')
    }
    return { firstSeen: known.firstSeen, pinned: false }
  }

  /** First contact: this fingerprint is remembered, unless another process or tab has just met the router. */
  async #meet(fingerprint: string): Promise<RouterTrust> {
    const { store, baseURL, logger } = this.#settings
    const trust = trustIn(fingerprint)
    try {
      await store.set(baseURL, trust, { onlyIfUnknown: true })
    } catch (error) {
      const isMet = KeyStoreError.isInstance(error) && error.code === 'exists'
      const known = isMet ? await store.get(baseURL) : undefined
      if (known === undefined) throw error
      return known
    }
    if (store.volatile) {
      logger.warn(
        `The router’s key ${fingerprint} is trusted on first use, for as long as this process runs. ` +
          'Give serverKeyPins, or a keyStore that lasts, to notice a changed key after a restart.',
      )
    } else {
      logger.info(`First contact with this router: its key ${fingerprint} is trusted from now on.`)
    }
    return trust
  }

  async #remember(fingerprint: string): Promise<void> {
    const { store, baseURL } = this.#settings
    const { highestProtocol } = (await store.get(baseURL)) ?? {}
    await store.set(baseURL, trustIn(fingerprint, highestProtocol))
  }

  #inTurn<T>(decide: () => Promise<T>): Promise<T> {
    const decision = this.#last.then(decide)
    this.#last = decision.catch(() => undefined)
    return decision
  }
}

function trustIn(fingerprint: string, highestProtocol: RouterTrust['highestProtocol'] = '1.0'): RouterTrust {
  return { fingerprints: [fingerprint], firstSeen: Date.now(), highestProtocol }
}
