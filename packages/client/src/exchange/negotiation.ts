/** Which version of the protocol is spoken with this router. */
import { DowngradeError } from '@nomyo/core'
import { abortable } from '@nomyo/core/internal'
import type { ResolvedOptions } from '../options/options.js'
import type { Offers } from '../trust/offers.js'
import type { TrustPolicy } from '../trust/trust-policy.js'
import type { Exchange, Protocol } from './exchange.js'

/** What the choice is made from. */
export interface NegotiationParts {
  readonly options: Pick<ResolvedOptions, 'protocol' | 'minProtocol' | 'logger'>
  readonly exchanges: Readonly<Record<Protocol, () => Promise<Exchange>>>
  readonly offers: Offers
  readonly policy: TrustPolicy
}

/** Chooses the exchange for each attempt: what the router offers is fetched once an hour. */
export class Negotiation {
  readonly #parts: NegotiationParts
  #chosen: Protocol | undefined
  #hasWarned = false

  constructor(parts: NegotiationParts) {
    this.#parts = parts
  }

  /** The version in use, as far as it is known. */
  get chosen(): Protocol | undefined {
    const { protocol } = this.#parts.options
    return protocol === 'auto' ? this.#chosen : protocol
  }

  /**
   * @throws DowngradeError if the router has spoken 2.0, or must, and does not offer it; what fetching its
   * capabilities throws: no failure leads to 1.0.
   */
  async choose(signal: AbortSignal): Promise<Exchange> {
    const { options, exchanges } = this.#parts
    if (options.protocol === '1.0') {
      // Nobody waits for a warning; a store that cannot be read is told when the router's key is judged.
      void this.#warnOfChoice().catch(() => undefined)
      return abortable(exchanges['1.0'](), signal)
    }
    this.#chosen = await this.#offered(signal)
    return abortable(exchanges[this.#chosen](), signal)
  }

  async #offered(signal: AbortSignal): Promise<Protocol> {
    const { options, offers, policy } = this.#parts
    if ((await offers.current(signal)) !== undefined) return '2.0'
    try {
      if (options.protocol === '2.0' || options.minProtocol === '2.0') {
        throw new DowngradeError(
          'This router does not offer protocol 2.0, which is required. Nothing was sent.',
        )
      }
      await policy.assertNeverSpoke2()
    } catch (error) {
      // Who forged that once, since it is not authenticated, shall not have it believed for an hour.
      offers.forget()
      throw error
    }
    return '1.0'
  }

  async #warnOfChoice(): Promise<void> {
    if (this.#hasWarned) return
    this.#hasWarned = true
    if (await this.#parts.policy.spoke2()) {
      this.#parts.options.logger.warn(
        'protocol: 1.0 is used with a router that has spoken 2.0: its answers are not bound to their requests.',
      )
    }
  }
}
