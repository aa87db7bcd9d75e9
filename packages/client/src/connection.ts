/** What a client and a fetch stand on: keys, trust and the exchange, for one router. */
import { memoryKeyStore, ValidationError, type KeyInUse, type KeyPair, type TrustStore } from '@nomyo/core'
import { abortable } from '@nomyo/core/internal'
import { withRetries, type Attempt } from './attempts.js'
import { APIConnectionError, APIUserAbortError } from './errors/api-error.js'
import { errorFromResponse } from './errors/from-response.js'
import { exchangeV2 } from './exchange/exchange-v2.js'
import type { Answered, Exchange, ExchangeRequest } from './exchange/exchange.js'
import { Negotiation } from './exchange/negotiation.js'
import { follow } from './http/abort.js'
import { createTransport, type Transport } from './http/transport.js'
import type { ClientKeys } from './keys/client-keys.js'
import { authorizationOf, secretsOf } from './options/api-key.js'
import { HTTP_WARNING } from './options/base-url.js'
import type { ResolvedCall } from './options/call-options.js'
import type { ResolvedOptions } from './options/options.js'
import type { Protocol1 } from './protocol-1.js'
import { Offers } from './trust/offers.js'
import type { PublishedSettings, ServerKey } from './trust/published.js'
import { TrustPolicy } from './trust/trust-policy.js'

/** What is asked, apart from what the connection knows. */
export type Asked = Pick<ExchangeRequest, 'method' | 'path' | 'innerHeaders' | 'body'>

/** One attempt at a call. */
export interface Sender {
  readonly protocol: Exchange['protocol']
  /** Aborts when the attempt ends without success; and, also later, with the caller's signal and when the client closes. */
  readonly signal: AbortSignal
  /** Aborts it too: for whoever takes the answer. */
  readonly controller: AbortController
  /** To be called when nothing more of the answer is wanted: then `signal` hears of nothing any more. */
  readonly release: () => void
  /** The opened answer. @throws APIError for a status of 400 and above; what the exchange throws. */
  readonly send: (request: Asked) => Promise<Answered>
}

/** Everything behind one router's address. Making one does no I/O, unless `prepareKeys` says so. */
export class Connection {
  readonly options: ResolvedOptions
  readonly policy: TrustPolicy
  readonly negotiation: Negotiation
  readonly #transport: Transport
  readonly #published: PublishedSettings
  readonly #offers: Offers
  readonly #closing: AbortController = new AbortController()
  #loading: Promise<Protocol1> | undefined
  #protocol1: Protocol1 | undefined

  constructor(options: ResolvedOptions) {
    const { baseURL, pins, logger, defaults } = options
    const transport = createTransport(options.fetch)
    const { authorization: _, ...headers } = defaults.headers
    this.options = options
    this.policy = new TrustPolicy({ baseURL, pins, store: trustStoreOf(options), logger })
    const { policy } = this
    this.#transport = transport
    this.#published = { baseURL, headers, timeout: defaults.timeout, transport, policy }
    const offers = (this.#offers = new Offers(this.#published))
    const v2 = exchangeV2({ options, transport, offers, policy })
    const exchanges = { '1.0': async () => (await this.#load()).exchange, '2.0': async () => v2 }
    this.negotiation = new Negotiation({ options, exchanges, offers, policy })
    // Whoever uses the key first is told if that fails: it is tried again then.
    if (options.prepareKeys) void this.clientKey().catch(() => undefined)
    warnOfOptions(options)
  }

  /** The router's key that is used, if it is known by now. */
  get knownServerKey(): ServerKey | undefined {
    return this.#offers.known?.serverKey ?? this.#protocol1?.serverKeys.known
  }

  /** Our own key, if it is loaded by now. */
  get knownClientKey(): KeyInUse | undefined {
    return this.#protocol1?.clientKeys.known
  }

  /** Our own keys. */
  async clientKeys(): Promise<ClientKeys> {
    return (await this.#load()).clientKeys
  }

  /** Our own key pair, loaded or generated. */
  async clientKey(): Promise<KeyPair> {
    return (await this.clientKeys()).current()
  }

  /** The router's key, fetched and checked, for the protocol that is spoken with it. */
  async serverKey(signal: AbortSignal): Promise<ServerKey> {
    const { protocol } = await this.negotiation.choose(signal)
    const offer = protocol === '2.0' ? await this.#offers.current(signal) : undefined
    return offer?.serverKey ?? (await this.#load()).serverKeys.current(signal)
  }

  /** Forgets what the router has published, so that it is fetched and judged anew. */
  forgetServerKey(): void {
    this.#protocol1?.serverKeys.forget()
    this.#offers.forget()
  }

  /** Ends what is under way, forgets the router's key, and refuses whatever comes after. */
  close(): void {
    this.#closing.abort(new APIUserAbortError())
    this.forgetServerKey()
  }

  /**
   * Gives `use` a signal that aborts when `signal` does, or on {@link close}.
   * @throws ValidationError if that has happened.
   */
  async whileOpen<T>(signal: AbortSignal | undefined, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const closed = this.#closing.signal
    if (closed.aborted) throw new ValidationError('This client is closed. Make another one.')
    const controller = new AbortController()
    const release = follow(controller, closed, signal)
    try {
      return await use(controller.signal)
    } finally {
      release()
    }
  }

  /** Runs one call; an attempt that fails is repeated as the call says. */
  async run<T>(call: ResolvedCall, use: (sender: Sender) => Promise<T>): Promise<T> {
    const { timeout, maxRetries } = call
    const { logger } = this.options
    return this.whileOpen(call.signal, (signal) =>
      withRetries({ timeout, maxRetries, signal, logger }, (attempt) => this.#attempt(call, attempt, use)),
    )
  }

  /** A page whose router speaks 2.0 never loads protocol 1.0. */
  #load(): Promise<Protocol1> {
    this.#loading ??= import('./protocol-1.js').then(
      ({ protocol1 }) => (this.#protocol1 = protocol1(this.options, this.#transport, this.#published)),
      () => {
        this.#loading = undefined
        throw new APIConnectionError(undefined, 'connection_failed', 'Protocol 1.0 could not be loaded.')
      },
    )
    return this.#loading
  }

  async #attempt<T>(call: ResolvedCall, attempt: Attempt, use: (sender: Sender) => Promise<T>): Promise<T> {
    const exchange = await this.negotiation.choose(attempt.signal)
    const [controller, all] = [new AbortController(), new AbortController()]
    const release = follow(all, attempt.signal, this.#closing.signal, call.signal, controller.signal)
    const { signal } = all
    const send = (request: Asked): Promise<Answered> =>
      this.#send(exchange, request, call, { signal, onSend: attempt.onSend })
    try {
      return await use({ protocol: exchange.protocol, signal, controller, release, send })
    } catch (error) {
      // Ends what the attempt has left behind, such as a body that nobody reads.
      all.abort(new APIUserAbortError())
      release()
      throw error
    }
  }

  async #send(
    exchange: Exchange,
    request: Asked,
    call: ResolvedCall,
    { signal, onSend }: Attempt,
  ): Promise<Answered> {
    const { authorization: own, ...headers } = call.headers
    const sources = { call: call.callKey, client: call.clientKey, authorization: own }
    const authorization = await abortable(authorizationOf(sources), signal)
    const response = await exchange.send({
      ...request,
      headers: {
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
        ...(call.securityTier === undefined ? {} : { 'x-security-tier': call.securityTier }),
      },
      signal,
      idleTimeout: call.timeout,
      onSend,
    })
    const secrets = secretsOf(authorization)
    if (response.status >= 400) throw await errorFromResponse(response, secrets, signal)
    return { ...response, secrets }
  }
}

function warnOfOptions({ baseURL, logger, defaults }: ResolvedOptions): void {
  if (baseURL.startsWith('http:')) {
    logger.warn(HTTP_WARNING)
  }
  if (typeof defaults.clientKey === 'string' && 'document' in globalThis) {
    logger.warn(
      'apiKey is a fixed text, which everybody who opens this page can read. Give a function that asks your own ' +
        'server for a short-lived one.',
    )
  }
}

function trustStoreOf({ keyStore, logger, pins }: ResolvedOptions): TrustStore {
  const { get, set } = keyStore
  if (get !== undefined && set !== undefined) return keyStore as TrustStore
  if (pins === undefined) {
    logger.warn('keyStore cannot remember routers: trust on first use lasts until this process ends.')
  }
  return memoryKeyStore()
}
