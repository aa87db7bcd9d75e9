/** Protocol 2.0: a sealed HTTP request there, an answer that is authenticated part by part back. */
import { DowngradeError, SecurityError } from '@nomyo/core'
import {
  CLOCK_WINDOW,
  isAllowedPath,
  REQUEST_TYPE,
  RESPONSE_TYPE,
  SEALED_PATH,
  sealRequest,
  type SealedRequest,
} from '@nomyo/core/exchange'
import { discard } from '@nomyo/core/internal'
import { APITimeoutError } from '../errors/api-error.js'
import { callHook } from '../hooks.js'
import type { Transport } from '../http/transport.js'
import { secretsOf } from '../options/api-key.js'
import type { ResolvedOptions } from '../options/options.js'
import type { Offer, Offers } from '../trust/offers.js'
import type { TrustPolicy } from '../trust/trust-policy.js'
import { cleartextRefused } from './cleartext.js'
import type { SealEvent } from './events.js'
import type { Exchange, ExchangeRequest, ExchangeResponse } from './exchange.js'
import { openSealedAnswer, type SealedAnswer } from './sealed-answer.js'
import { semaphore } from './semaphore.js'

/**
 * How many requests are sealed at once. Of hundreds that are made in the same moment each step would be done for all of
 * them in one go, and the event loop be away for as long. More at once would not seal faster: what takes the time is
 * the one thread of JavaScript. (Over 1.0 it would be no gain: what is put off there comes when the answers' RSA has
 * all cores.)
 */
export const SEALED_AT_ONCE = 2
/** By which a router says that it has not the key. */
const UNKNOWN_KEY = 422

/** What the exchange needs of its surroundings. */
export interface ExchangeV2Parts {
  readonly options: ResolvedOptions
  readonly transport: Transport
  readonly offers: Offers
  readonly policy: TrustPolicy
}

/** A request that was sent, before its answer was looked into. */
interface Sent {
  /** Of the sealed request nothing else is kept. */
  readonly openParts: SealedRequest['openParts']
  readonly payloadID: string
  readonly response: Response
  /** As `performance.now()` has it. */
  readonly sentAt: number
  /** The time in the envelope, in ms since 1970. */
  readonly issuedAt: number
  /** Aborts with the request; and ends its connection: Firefox goes on reading a body that is merely cancelled. */
  readonly ending: AbortController
}

/** Makes the exchange for protocol 2.0. */
export function exchangeV2(parts: ExchangeV2Parts): Exchange {
  return new ExchangeV2(parts)
}

class ExchangeV2 implements Exchange {
  readonly protocol = '2.0'
  readonly #parts: ExchangeV2Parts
  readonly #inTurn = semaphore(SEALED_AT_ONCE)
  /** ms by which the router's clock is ahead, as it said itself in an answer that opened. */
  #clockOffset = 0

  constructor(parts: ExchangeV2Parts) {
    this.#parts = parts
  }

  async send(request: ExchangeRequest): Promise<ExchangeResponse> {
    let offer = this.#carrying(await this.#parts.offers.current(request.signal), request)
    let sent = await this.#post(request, offer)
    if (sent.response.status === UNKNOWN_KEY) {
      discard(sent.response.body)
      offer = this.#carrying(await this.#parts.offers.renew(offer, request.signal), request)
      sent = await this.#post(request, offer)
    }
    if (sent.response.status >= 400) return refusal(sent)
    const answer = await this.#open(sent, offer, request)
    if (answer.refused !== 'clock') return answer.response
    discard(answer.response.body)
    this.#setClock(answer.time, sent.issuedAt)
    return this.#again(request, offer)
  }

  /** The offer, if the request may travel under it. */
  #carrying(offer: Offer | undefined, { path }: ExchangeRequest): Offer {
    if (offer !== undefined && isAllowedPath(path, offer.capabilities.paths)) return offer
    // Nobody has authenticated that it says so: the next request asks again.
    this.#parts.offers.forget()
    if (offer === undefined) {
      throw new DowngradeError('This router does not offer protocol 2.0 any more. Nothing was sent.')
    }
    throw cleartextRefused('this router does not take that path sealed')
  }

  /** After the clock was set: what is refused now stays refused. */
  async #again(request: ExchangeRequest, offer: Offer): Promise<ExchangeResponse> {
    const sent = await this.#post(request, offer)
    if (sent.response.status >= 400) return refusal(sent)
    return (await this.#open(sent, offer, request)).response
  }

  async #post(request: ExchangeRequest, offer: Offer): Promise<Sent> {
    const { options, transport } = this.#parts
    const payloadID = crypto.randomUUID()
    const { bytes, openParts, issuedAt } = await this.#inTurn(
      () => this.#seal(request, offer, payloadID),
      request.signal,
    )
    const sentAt = performance.now()
    request.signal.throwIfAborted()
    request.onSend()
    const ending = endingWith(request.signal)
    const response = await transport({
      url: options.baseURL + SEALED_PATH,
      method: 'POST',
      headers: { ...request.headers, 'content-type': REQUEST_TYPE, 'x-payload-id': payloadID },
      body: bytes,
      signal: ending.signal,
    })
    const milliseconds = Math.round(performance.now() - sentAt)
    options.logger.debug(
      `Request ${payloadID}: ${bytes.length} bytes sent, ${response.status} after ${milliseconds} ms.`,
    )
    return { openParts, payloadID, response, sentAt, issuedAt, ending }
  }

  async #seal(
    request: ExchangeRequest,
    { serverKey }: Offer,
    payloadID: string,
  ): Promise<SealedRequest & Pick<Sent, 'issuedAt'>> {
    const issuedAt = this.#now()
    const { onSeal, logger, limits } = this.#parts.options
    const start = performance.now()
    const { method, path, innerHeaders, body, headers } = request
    const sealed = await sealRequest(
      { method, path, headers: innerHeaders, body },
      serverKey.publicKey,
      { payloadID, tier: headers['x-security-tier'], authorization: headers['authorization'] },
      { issuedAt, maxBodyBytes: limits.maxRequestBytes },
    )
    const event: SealEvent = {
      protocol: '2.0',
      payloadID,
      serverKey: serverKey.publicKey.fingerprint,
      plaintextBytes: body.length,
      envelope: sealed.bytes,
      milliseconds: performance.now() - start,
    }
    callHook(onSeal, event, logger)
    return { ...sealed, issuedAt }
  }

  async #open(sent: Sent, offer: Offer, request: ExchangeRequest): Promise<SealedAnswer> {
    const { options, policy, offers } = this.#parts
    const { response } = sent
    if (response.status !== 200 || mediaTypeOf(response) !== RESPONSE_TYPE) {
      discard(response.body)
      throw new SecurityError('answer_mismatch', 'The answer is not sealed as protocol 2.0 has it.')
    }
    const answer = await openSealedAnswer({
      ...sent,
      ...request,
      options,
      secrets: secretsOf(request.headers['authorization']),
    })
    const { capabilities, serverKey } = offer
    await policy.opened(capabilities, serverKey.publicKey.fingerprint, answer.capabilitiesHash)
    // The answer stands; what the router offers now is looked at before the next request.
    if (answer.capabilitiesHash !== capabilities.hash && offers.known === offer) offers.forget()
    return answer
  }

  /** In ms since 1970, by the router's clock as far as it is known. */
  #now(): number {
    return Date.now() + this.#clockOffset
  }

  /**
   * Takes the router's time for its refusal of an envelope from `issuedAt`. If our clock may have been right, because
   * that time lies between then and now, then the envelope or the refusal was held up on its way, and nothing is moved.
   */
  #setClock(time: number, issuedAt: number): void {
    if (time >= issuedAt - CLOCK_WINDOW && time <= this.#now() + CLOCK_WINDOW) {
      throw new APITimeoutError(
        'The request was held up on its way, or the router was started after it was sealed.',
      )
    }
    this.#clockOffset = time - Date.now()
    this.#parts.options.logger.warn(
      `The router’s clock differs by ${Math.round(this.#clockOffset / 1000)} s, and is used.`,
    )
  }
}

/** `signal` is the attempt's own and ends with it, so that what listens to it is let go. */
function endingWith(signal: AbortSignal): AbortController {
  const controller = new AbortController()
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
  return controller
}

function refusal({ response, payloadID }: Sent): ExchangeResponse {
  const { status, headers, body } = response
  const common = { status, headers, body, authenticated: false, payloadID, processedAt: undefined }
  return status === 400 ? { ...common, code: 'envelope_refused' } : common
}

function mediaTypeOf({ headers }: Response): string | undefined {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
}
