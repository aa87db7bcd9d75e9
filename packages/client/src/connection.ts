/** What a client and a fetch stand on: keys, trust and the exchange, for one router. */
import { memoryKeyStore, ValidationError, type TrustStore } from '@nomyo/core'
import { readAnswer, type Answer } from './answer.js'
import { withRetries, type Attempt } from './attempts.js'
import { errorFromResponse } from './errors/from-response.js'
import { exchangeV1 } from './exchange/exchange-v1.js'
import type { Exchange } from './exchange/exchange.js'
import { abortable } from './http/abort.js'
import { createTransport } from './http/transport.js'
import { ClientKeys } from './keys/client-keys.js'
import { authorizationOf, secretsOf } from './options/api-key.js'
import type { ResolvedCall } from './options/call-options.js'
import type { ResolvedOptions } from './options/options.js'
import { ServerKeys } from './trust/server-keys.js'
import { TrustPolicy } from './trust/trust-policy.js'

/** Everything behind one router's address. Making one does no I/O, unless `prepareKeys` says so. */
export class Connection {
  readonly options: ResolvedOptions
  readonly policy: TrustPolicy
  readonly serverKeys: ServerKeys
  readonly clientKeys: ClientKeys
  readonly exchange: Exchange
  readonly #closing: AbortController = new AbortController()

  constructor(options: ResolvedOptions) {
    const { baseURL, pins, logger, defaults } = options
    const transport = createTransport(options.fetch)
    const { authorization: _, ...headers } = defaults.headers
    this.options = options
    this.policy = new TrustPolicy({ baseURL, pins, store: trustStoreOf(options), logger })
    const { timeout } = defaults
    this.serverKeys = new ServerKeys({ baseURL, headers, timeout, transport, policy: this.policy })
    this.clientKeys = new ClientKeys(options)
    const { serverKeys, clientKeys } = this
    this.exchange = exchangeV1({ options, transport, serverKeys, clientKeys })
    // Whoever uses the key first is told if that fails: it is tried again then.
    if (options.prepareKeys) void clientKeys.current().catch(() => undefined)
    warnOfOptions(options)
  }

  /** Ends what is under way, forgets the router's key, and refuses whatever comes after. */
  close(): void {
    this.#closing.abort()
    this.serverKeys.forget()
  }

  /**
   * A signal that aborts when `signal` does, or on {@link close}.
   * @throws ValidationError if that has happened.
   */
  untilClosed(signal: AbortSignal | undefined): AbortSignal {
    const closed = this.#closing.signal
    if (closed.aborted) throw new ValidationError('This client is closed. Make another one.')
    // One for each call, or Node would warn of so many listeners on one signal.
    return AbortSignal.any(signal === undefined ? [closed] : [signal, closed])
  }

  /**
   * Sends one chat completion, sealed, and gives the opened answer; a failed attempt is repeated as the call says.
   * The plaintext stays the caller's.
   */
  async complete(plaintext: Uint8Array<ArrayBuffer>, call: ResolvedCall): Promise<Answer> {
    const { timeout, maxRetries } = call
    const signal = this.untilClosed(call.signal)
    const rules = { timeout, maxRetries, signal, logger: this.options.logger }
    return withRetries(rules, (attempt) => this.#attempt(plaintext, call, attempt))
  }

  async #attempt(
    plaintext: Uint8Array<ArrayBuffer>,
    call: ResolvedCall,
    { signal, onSend }: Attempt,
  ): Promise<Answer> {
    const { authorization: own, ...headers } = call.headers
    const sources = { call: call.callKey, client: call.clientKey, authorization: own }
    const authorization = await abortable(authorizationOf(sources), signal)
    const response = await this.exchange.send({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
        ...(call.securityTier === undefined ? {} : { 'x-security-tier': call.securityTier }),
      },
      body: plaintext,
      signal,
      onSend,
    })
    if (response.status >= 400) throw await errorFromResponse(response, secretsOf(authorization), signal)
    return readAnswer(response, this.options.limits.maxResponseBytes, signal)
  }
}

function warnOfOptions({ baseURL, logger, defaults }: ResolvedOptions): void {
  if (baseURL.startsWith('http:')) {
    logger.warn('allowHttp: the router is reached over http:, where its key can be replaced on the way.')
  }
  if (typeof defaults.clientKey === 'string' && 'document' in globalThis) {
    logger.warn(
      'apiKey is a fixed text in a page, where everybody who opens the page can read it. Give a function that asks ' +
        'your own server for a short-lived one.',
    )
  }
}

function trustStoreOf({ keyStore, logger, pins }: ResolvedOptions): TrustStore {
  const { get, set } = keyStore
  if (get !== undefined && set !== undefined) return keyStore as TrustStore
  if (pins === undefined) {
    logger.warn('The key store cannot remember routers: trust on first use is kept in memory only.')
  }
  return memoryKeyStore()
}
