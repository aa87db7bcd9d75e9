import { memoryKeyStore, parseFingerprint, ValidationError, type TrustStore } from '@nomyo/core'
import { withRetries, type Attempt } from './attempts.js'
import { readCompletion } from './completion.js'
import { errorFromResponse } from './errors/from-response.js'
import { exchangeV1 } from './exchange/exchange-v1.js'
import type { Exchange } from './exchange/exchange.js'
import { abortable } from './http/abort.js'
import { createTransport } from './http/transport.js'
import { ClientKeys, type KeyInfo } from './keys/client-keys.js'
import { assertNoArguments, checkedGivenKey, type GivenKey } from './keys/given-key.js'
import { authorizationOf, secretsOf } from './options/api-key.js'
import { resolveCall, type CallOptions, type ResolvedCall } from './options/call-options.js'
import { resolveOptions, type ClientOptions, type ResolvedOptions } from './options/options.js'
import { encodePayload } from './payload.js'
import { ServerKeys } from './trust/server-keys.js'
import { TrustPolicy } from './trust/trust-policy.js'
import type { ChatCompletion, ChatCompletionCreateParams } from './types/chat-completion.js'

/** What is known of the router's key. */
export interface ServerKeyInfo {
  /** `sha256/` and 44 characters of base64. */
  readonly fingerprint: string
  /** When it was first seen, in ms since 1970; a pinned one: by this client. */
  readonly firstSeen: number
  /** Whether it is one of `serverKeyPins`; false means trusted on first use. */
  readonly pinned: boolean
}

/** Where `create` lives in OpenAI's client. */
export interface Chat {
  readonly completions: { readonly create: SecureChatCompletion['create'] }
}

/**
 * Chat completions that only the router can read. Make one and keep it: it holds the key pair, the router's
 * key and what is known of the router. Making one does no I/O.
 */
export class SecureChatCompletion {
  readonly #options: ResolvedOptions
  readonly #policy: TrustPolicy
  readonly #serverKeys: ServerKeys
  readonly #clientKeys: ClientKeys
  readonly #exchange: Exchange
  /** The same `create` as this object's, where OpenAI's client has it. */
  readonly chat: Chat

  /**
   * @throws SecurityError `insecure_transport` for http: without `allowHttp`, `insecure_context` where
   * `crypto.subtle` is missing.
   * @throws ValidationError or TypeError for an option that cannot be used.
   */
  constructor(options: ClientOptions = {}) {
    const resolved = resolveOptions(options)
    const { baseURL, pins, logger, defaults } = resolved
    const transport = createTransport(resolved.fetch)
    const { authorization: _, ...headers } = defaults.headers
    this.#options = resolved
    this.#policy = new TrustPolicy({ baseURL, pins, store: trustStoreOf(resolved), logger })
    this.#serverKeys = new ServerKeys({
      baseURL,
      headers,
      timeout: defaults.timeout,
      transport,
      policy: this.#policy,
    })
    this.#clientKeys = new ClientKeys(resolved)
    this.#exchange = exchangeV1({
      options: resolved,
      transport,
      serverKeys: this.#serverKeys,
      clientKeys: this.#clientKeys,
    })
    this.chat = { completions: { create: (params, callOptions) => this.create(params, callOptions) } }
    // Whoever uses the key first is told if that fails: it is tried again then.
    if (resolved.prepareKeys) void this.#clientKeys.current().catch(() => undefined)
    if (baseURL.startsWith('http:')) {
      logger.warn('allowHttp: the router is reached over http:, where its key can be replaced on the way.')
    }
  }

  /**
   * Sends one chat completion, sealed, and gives the opened answer. A failed attempt is repeated, sealed
   * afresh, up to `maxRetries` times, so a call may run twice at the router.
   * @throws ValidationError, PayloadTooLargeError before anything is sent.
   * @throws SecurityError if going on would not be safe.
   * @throws APIError (by status), APIConnectionError, APITimeoutError, APIUserAbortError.
   */
  async create(params: ChatCompletionCreateParams, options: CallOptions = {}): Promise<ChatCompletion> {
    const call = resolveCall(this.#options.defaults, options)
    const plaintext = encodePayload(params, this.#options.limits.maxRequestBytes)
    try {
      const rules = { timeout: call.timeout, maxRetries: call.maxRetries, signal: call.signal }
      return await withRetries({ ...rules, logger: this.#options.logger }, (attempt) =>
        this.#attempt(plaintext, call, attempt),
      )
    } finally {
      plaintext.fill(0)
    }
  }

  /**
   * Fetches the router's key and loads or generates ours, so that the first message does not wait for it.
   * @throws what `create` throws, but for the answer's own errors.
   */
  async ready(): Promise<void> {
    await Promise.all([this.serverKey(), this.#clientKeys.current()])
  }

  /** The router's key, fetched and checked if that has not happened yet. */
  async serverKey(): Promise<ServerKeyInfo> {
    const { timeout, maxRetries, signal } = this.#options.defaults
    const rules = { timeout, maxRetries, signal, logger: this.#options.logger }
    const { publicKey, firstSeen, pinned } = await withRetries(rules, (attempt) =>
      this.#serverKeys.describe(attempt.signal),
    )
    return { fingerprint: publicKey.fingerprint, firstSeen, pinned }
  }

  /**
   * Replaces what is remembered of this router by this one fingerprint, `sha256/…` or hexadecimal. Do it
   * after the router's operator confirmed it over another channel.
   * @throws ValidationError if it is no fingerprint, or if pins decide.
   */
  async trustServerKey(fingerprint: string): Promise<void> {
    if (this.#options.pins !== undefined) {
      throw new ValidationError('serverKeyPins decide which keys are trusted: change them instead.')
    }
    const trusted = parseFingerprint(fingerprint)
    // Before, so that a key that is being fetched is judged anew; after, so that none from before is kept.
    this.#serverKeys.forget()
    await this.#policy.remember(trusted)
    this.#serverKeys.forget()
  }

  /**
   * Generates our key pair and saves it in the key store.
   * @throws KeyStoreError `exists` if there is one; it is never replaced here.
   */
  async generateKeys(...none: readonly never[]): Promise<KeyInfo> {
    assertNoArguments('generateKeys', none)
    return this.#clientKeys.generate()
  }

  /**
   * Loads our key pair from the key store; never generates one. Or uses the one that is given, without storing
   * it: that key is replaced where it comes from.
   * @throws KeyStoreError `not_found`, `locked` without the password of an encrypted key, or why the key
   * cannot be read.
   * @throws SecurityError `decryption_failed` for a wrong password, `key_refused` for a key that may not be used.
   */
  async loadKeys(given?: GivenKey): Promise<KeyInfo> {
    if (given === undefined) return this.#clientKeys.load()
    return this.#clientKeys.adopt(checkedGivenKey(given))
  }

  /**
   * Replaces our key pair in the key store. The one before it is kept for a day, and what is in flight still
   * opens.
   * @throws ValidationError for a key that was given to `loadKeys`.
   * @throws KeyStoreError or SecurityError if the stored one cannot be read or replaced; it stays.
   */
  async rotateKeys(...none: readonly never[]): Promise<KeyInfo> {
    assertNoArguments('rotateKeys', none)
    return this.#clientKeys.rotate()
  }

  async #attempt(
    plaintext: Uint8Array<ArrayBuffer>,
    call: ResolvedCall,
    attempt: Attempt,
  ): Promise<ChatCompletion> {
    const { signal, onSend } = attempt
    const { authorization: own, ...headers } = call.headers
    const sources = { call: call.callKey, client: call.clientKey, authorization: own }
    const authorization = await abortable(authorizationOf(sources), signal)
    const response = await this.#exchange.send({
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
    return readCompletion(response, this.#options.limits.maxResponseBytes, signal)
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
