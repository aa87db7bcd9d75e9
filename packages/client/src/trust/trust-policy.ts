import {
  DowngradeError,
  KeyStoreError,
  ServerKeyMismatchError,
  type RouterTrust,
  type TrustStore,
} from '@nomyo/core'
import type { Capabilities, OfferedKey } from '@nomyo/core/exchange'
import type { Logger } from '../options/logger.js'

/** Whose keys are judged, by what. */
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

/** What a router's key has vouched for. */
interface Vouched {
  /** The hash of a document. */
  readonly hash: string
  /** The fingerprint of the key. */
  readonly by: string
}

/** Decides whether a router's key may be used. Asked before anything is sealed to it. */
export class TrustPolicy {
  readonly #settings: TrustSettings
  /** Since when each pinned key is in use here. */
  readonly #pinnedSince = new Map<string, number>()
  /** What an answer has vouched for; it counts for as long as the key that it was opened under is remembered. */
  #vouched: Vouched | undefined
  /** The hash of the document whose keys are remembered. */
  #recorded: string | undefined
  /** Kept here too, should the store not take it. */
  #spoke2 = false
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

  /**
   * The key to seal to, of those that a document offers: with pins, the first pinned one; else the first remembered
   * one; else, in a document that a remembered key has vouched for or of a router that is new to us, the first.
   * @throws ServerKeyMismatchError if none of them may be used.
   */
  async choose(capabilities: Capabilities): Promise<AcceptedKey & OfferedKey> {
    const { pins } = this.#settings
    if (pins === undefined) return this.#inTurn(() => this.#chooseUnpinned(capabilities))
    const first = capabilities.keys[0]!
    const pinned = capabilities.keys.find(({ publicKey }) => pins.includes(publicKey.fingerprint)) ?? first
    return { ...pinned, ...(await this.accept(pinned.publicKey.fingerprint)) }
  }

  /**
   * An answer has opened under `fingerprint`, a key of `capabilities`: the router speaks 2.0, and vouches for the
   * document with the hash that it names. A failure to remember it is logged: the answer is there.
   */
  async opened(capabilities: Capabilities, fingerprint: string, namedHash: string): Promise<void> {
    this.#spoke2 = true
    const vouched = (this.#vouched = { hash: namedHash, by: fingerprint })
    if (this.#recorded === capabilities.hash) return
    this.#recorded = capabilities.hash
    try {
      await this.#inTurn(() => this.#record(capabilities, vouched))
    } catch {
      this.#settings.logger.error(
        'That this router speaks protocol 2.0 could not be remembered: see to the key store.',
      )
    }
  }

  /** @throws DowngradeError if this router has spoken 2.0. */
  async assertNeverSpoke2(): Promise<void> {
    if (!(await this.spoke2())) return
    throw new DowngradeError(
      'This router has spoken protocol 2.0 and does not offer it any more. Nothing was sent. If its operator ' +
        'confirms that, set protocol to 1.0.',
    )
  }

  /** Whether this router has spoken 2.0, to this client or to one that remembered it in the same store. */
  async spoke2(): Promise<boolean> {
    if (this.#spoke2) return true
    const { store, baseURL } = this.#settings
    return (await store.get(baseURL))?.highestProtocol === '2.0'
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

  async #chooseUnpinned({ keys, hash }: Capabilities): Promise<AcceptedKey & OfferedKey> {
    const { store, baseURL } = this.#settings
    const listed = keys.map(({ publicKey }) => publicKey.fingerprint)
    const known = (await store.get(baseURL)) ?? (await this.#meet(listed[0]!))
    // A key that is not remembered any more, such as one that the user has replaced, vouches for nothing.
    const isVouchedFor = hash === this.#vouched?.hash && known.fingerprints.includes(this.#vouched.by)
    if (isVouchedFor) await this.#replace(known, listed, '2.0')
    const key = keys.find(
      ({ publicKey }) => isVouchedFor || known.fingerprints.includes(publicKey.fingerprint),
    )
    if (key === undefined) throw new ServerKeyMismatchError(known.fingerprints, listed[0]!, 'remembered')
    return { ...key, firstSeen: known.firstSeen, pinned: false }
  }

  /** Whoever vouches for the document that we have vouches for all of its keys, and for no others. */
  async #record({ keys, hash }: Capabilities, vouched: Vouched): Promise<void> {
    const { store, baseURL, pins } = this.#settings
    const known = (await store.get(baseURL)) ?? { ...trustIn(vouched.by), fingerprints: pins ?? [vouched.by] }
    const isVouchedFor =
      pins === undefined && hash === vouched.hash && known.fingerprints.includes(vouched.by)
    const fingerprints = isVouchedFor
      ? keys.map(({ publicKey }) => publicKey.fingerprint)
      : known.fingerprints
    await this.#replace(known, fingerprints, '2.0')
  }

  async #replace(
    known: RouterTrust,
    fingerprints: readonly string[],
    highestProtocol: RouterTrust['highestProtocol'],
  ): Promise<void> {
    const { store, baseURL } = this.#settings
    const isSame = String(known.fingerprints) === String(fingerprints)
    if (isSame && known.highestProtocol === highestProtocol) return
    await store.set(baseURL, { ...known, fingerprints, highestProtocol })
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
    const met = `The router’s key ${fingerprint} is trusted on first use`
    if (store.volatile) {
      logger.warn(
        `${met}, until this process ends. Give serverKeyPins, or a keyStore that lasts, to notice another key after that.`,
      )
    } else logger.info(`${met}.`)
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
