/** What the router publishes of protocol 2.0: its capabilities, and the key among them that may be used. */
import { SecurityError } from '@nomyo/core'
import {
  CAPABILITIES_PATH,
  EXCHANGE_VERSION,
  MAX_CAPABILITIES_BYTES,
  parseCapabilities,
  type Capabilities,
} from '@nomyo/core/exchange'
import { discard } from '@nomyo/core/internal'
import { readUpTo } from '../http/body.js'
import { SharedFetch } from '../http/shared-fetch.js'
import { fetchPublished, MAX_AGE, type PublishedSettings, type ServerKey } from './published.js'

/** By which a router says that it has protocol 1.0 only. */
const NO_CAPABILITIES = 404

/** What a router with protocol 2.0 offers. */
export interface Offer {
  readonly capabilities: Capabilities
  /** The first of its keys that may be used. */
  readonly serverKey: ServerKey
}

/** What a router answered: an offer, or that it has none. */
interface Published {
  readonly offer: Offer | undefined
  /** ms for which it counts. */
  readonly maxAge: number
}

/** Fetches the capabilities, once for all callers. */
export class Offers {
  readonly #shared: SharedFetch<Published>

  constructor(settings: PublishedSettings) {
    const fetch = (signal: AbortSignal): Promise<Published> => fetchOffer(settings, signal)
    this.#shared = new SharedFetch({
      name: 'capabilities',
      timeout: settings.timeout,
      maxAge: ({ maxAge }) => maxAge,
      fetch,
    })
  }

  /** What was fetched last, if it still counts. */
  get known(): Offer | undefined {
    return this.#shared.known?.offer
  }

  /**
   * The router's offer, or undefined if it has no protocol 2.0.
   * @throws SecurityError for a document or keys that must not be used; what a failed fetch throws.
   */
  async current(signal: AbortSignal): Promise<Offer | undefined> {
    return (await this.#shared.get(signal)).offer
  }

  /** The offer now, after `stale` could not be used. */
  async renew(stale: Offer, signal: AbortSignal): Promise<Offer | undefined> {
    if (this.known === stale) this.forget()
    return this.current(signal)
  }

  /** Makes the next use fetch it again. */
  forget(): void {
    this.#shared.forget()
  }
}

async function fetchOffer(settings: PublishedSettings, signal: AbortSignal): Promise<Published> {
  const response = await fetchPublished(CAPABILITIES_PATH, settings, signal, NO_CAPABILITIES)
  const { status, body } = response
  const maxAge = maxAgeOf(response)
  if (status === NO_CAPABILITIES) {
    discard(body)
    return { offer: undefined, maxAge }
  }
  const document = await readUpTo(body, MAX_CAPABILITIES_BYTES, signal)
  if (status !== 200 || document === undefined) {
    throw new SecurityError(
      'capabilities_refused',
      'The router’s capabilities are refused: not one document of 64 KiB.',
    )
  }
  const capabilities = await parseCapabilities(document)
  if (!capabilities.versions.includes(EXCHANGE_VERSION)) return { offer: undefined, maxAge }
  return { offer: { capabilities, serverKey: await settings.policy.choose(capabilities) }, maxAge }
}

/** Its own word (RFC 9111 section 5.2.2.1), if that is less than ours. */
function maxAgeOf({ headers }: Response): number {
  const seconds = /(?:^|[\s,])max-age=(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  return Math.min(MAX_AGE, Number(seconds ?? Infinity) * 1000)
}
