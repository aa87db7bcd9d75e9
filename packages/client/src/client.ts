/// <reference lib="esnext.disposable" preserve="true" />
import { parseFingerprint, ValidationError } from '@nomyo/core'
import { abortable } from '@nomyo/core/internal'
import { asChunks, asCompletion } from './answer.js'
import { complete } from './chat-completion.js'
import { APIPromise, type Answered } from './api-promise.js'
import { withRetries } from './attempts.js'
import { Connection } from './connection.js'
import { APIUserAbortError } from './errors/api-error.js'
import { fetchOver } from './fetch/secure-fetch.js'
import type { KeyInfo } from './keys/client-keys.js'
import { assertNoArguments, checkedGivenKey, type GivenKey } from './keys/given-key.js'
import { resolveCall, type CallOptions } from './options/call-options.js'
import { resolveOptions, type ClientOptions } from './options/options.js'
import { encodePayload, wipe } from './payload.js'
import { protectionOf, type Protection } from './protection.js'
import type { Stream } from './stream/stream.js'
import type { ChatCompletionChunk } from './types/chunk.js'
import type { ChatCompletion } from './types/completion.js'
import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from './types/request.js'

/** What is known of the router's key. */
export interface ServerKeyInfo {
  /** `sha256/` and 44 characters of base64. */
  readonly fingerprint: string
  /** When it was first seen, in ms since 1970; a pinned one: by this client. */
  readonly firstSeen: number
  /** Whether it is one of `serverKeyPins`; false means trusted on first use. */
  readonly pinned: boolean
}

/** How long to wait for what is prepared. */
export type WaitOptions = Pick<CallOptions, 'signal' | 'timeout' | 'maxRetries'>

/** Where `create` lives in OpenAI's client. */
export interface Chat {
  readonly completions: {
    /** {@link SecureChatCompletion.create}. */
    readonly create: SecureChatCompletion['create']
  }
}

/**
 * Chat completions that only the router can read. Make one and keep it: it holds the key pair, the router's
 * key and what is known of the router. Making one does no I/O.
 */
export class SecureChatCompletion {
  readonly #connection: Connection
  /** The same `create` as this object's, where OpenAI's client has it. */
  readonly chat: Chat
  /** {@link close}, for `await using`, where the runtime knows it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>
  /** A `fetch` over this client's keys and trust, see {@link createSecureFetch}. */
  readonly fetch: typeof globalThis.fetch

  /**
   * @throws SecurityError `insecure_transport` for http: without `allowHttp`, `insecure_context` where
   * `crypto.subtle` is missing.
   * @throws ValidationError or TypeError for an option that cannot be used.
   */
  constructor(options: ClientOptions = {}) {
    this.#connection = new Connection(resolveOptions(options, 'SecureChatCompletion'))
    if ((Symbol.asyncDispose as symbol | undefined) !== undefined) {
      Object.defineProperty(this, Symbol.asyncDispose, { value: async () => this.close() })
    }
    this.fetch = fetchOver(this.#connection, 'response')
    this.chat = { completions: { create: this.create.bind(this) as SecureChatCompletion['create'] } }
  }

  /**
   * Sends one chat completion, sealed, and gives the opened answer; with `stream: true` as chunks. A failed
   * attempt is repeated, sealed afresh, up to `maxRetries` times, so a call may run twice at the router.
   * Parameters that have no type here travel as they are given.
   * @throws ValidationError, PayloadTooLargeError before anything is sent.
   * @throws SecurityError if going on would not be safe.
   * @throws APIError (by status), APIConnectionError, APITimeoutError, APIUserAbortError.
   */
  create<Params extends ChatCompletionCreateParamsNonStreaming>(
    params: Params,
    options?: CallOptions,
  ): APIPromise<ChatCompletion>
  create<Params extends ChatCompletionCreateParamsStreaming>(
    params: Params,
    options?: CallOptions,
  ): APIPromise<Stream<ChatCompletionChunk>>
  create<Params extends ChatCompletionCreateParamsBase & { stream?: boolean | null }>(
    params: Params,
    options?: CallOptions,
  ): APIPromise<ChatCompletion | Stream<ChatCompletionChunk>>
  create(
    params: ChatCompletionCreateParamsBase & { stream?: boolean | null },
    options: CallOptions = {},
  ): APIPromise<ChatCompletion | Stream<ChatCompletionChunk>> {
    return new APIPromise(this.#complete(params, options))
  }

  /**
   * Fetches the router's key and, where protocol 1.0 is spoken with it, loads or generates ours, so that the first
   * message does not wait for it.
   * @throws what `create` throws, but for the answer's own errors.
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    const connection = this.#connection
    const ownKey = (): Promise<unknown> =>
      connection.whileOpen(options.signal, (signal) =>
        abortable(connection.clientKey(), signal).catch((error: unknown) => {
          throw signal.aborted ? new APIUserAbortError() : error
        }),
      )
    // Both at once, where it is certain: generating a key pair takes longer than fetching the router's key.
    if (connection.options.protocol === '1.0')
      return void (await Promise.all([this.serverKey(options), ownKey()]))
    await this.serverKey(options)
    if (connection.negotiation.chosen === '1.0') await ownKey()
  }

  /** The router's key, fetched and checked if that has not happened yet. @throws what `create` throws. */
  async serverKey(options: WaitOptions = {}): Promise<ServerKeyInfo> {
    const { options: resolved } = this.#connection
    const { timeout, maxRetries, signal: own } = resolveCall(resolved.defaults, options)
    const { logger } = resolved
    const { publicKey, firstSeen, pinned } = await this.#connection.whileOpen(own, (signal) =>
      withRetries({ timeout, maxRetries, signal, logger }, (attempt) =>
        this.#connection.serverKey(attempt.signal),
      ),
    )
    return { fingerprint: publicKey.fingerprint, firstSeen, pinned }
  }

  /**
   * Replaces what is remembered of this router by this one fingerprint, `sha256/…` or hexadecimal. Do it
   * after the router's operator confirmed it over another channel.
   * @throws ValidationError if it is no fingerprint, or if pins decide.
   */
  async trustServerKey(fingerprint: string): Promise<void> {
    if (this.#connection.options.pins !== undefined) {
      throw new ValidationError('serverKeyPins decide which keys are trusted: change them instead.')
    }
    const trusted = parseFingerprint(fingerprint)
    // Before, so that a key that is being fetched is judged anew; after, so that none from before is kept.
    this.#connection.forgetServerKey()
    await this.#connection.policy.remember(trusted)
    this.#connection.forgetServerKey()
  }

  /**
   * Generates our key pair and saves it in the key store.
   * @throws KeyStoreError `exists` if there is one; it is never replaced here.
   */
  async generateKeys(...none: readonly never[]): Promise<KeyInfo> {
    assertNoArguments('generateKeys', none)
    return (await this.#connection.clientKeys()).generate()
  }

  /**
   * Loads our key pair from the key store; never generates one. Or uses the one that is given, without storing
   * it: that key is replaced where it comes from.
   * @throws KeyStoreError `not_found`, `locked` without the password of an encrypted key, or why the key
   * cannot be read.
   * @throws SecurityError `decryption_failed` for a wrong password, `key_refused` for a key that may not be used.
   */
  async loadKeys(given?: GivenKey): Promise<KeyInfo> {
    const checked = given === undefined ? undefined : checkedGivenKey(given)
    const keys = await this.#connection.clientKeys()
    return checked === undefined ? keys.load() : keys.adopt(checked)
  }

  /**
   * Replaces our key pair in the key store. The one before it is kept for a day, and what is in flight still
   * opens.
   * @throws ValidationError for a key that was given to `loadKeys`.
   * @throws KeyStoreError or SecurityError if the stored one cannot be read or replaced; it stays.
   */
  async rotateKeys(...none: readonly never[]): Promise<KeyInfo> {
    assertNoArguments('rotateKeys', none)
    return (await this.#connection.clientKeys()).rotate()
  }

  /** What protects this client right now, without asking the network or the key store. */
  protection(): Protection {
    return protectionOf(this.#connection)
  }

  /** Aborts the calls that are under way and forgets the router's key. The client cannot be used afterwards. */
  close(): void {
    this.#connection.close()
  }

  async #complete(
    params: ChatCompletionCreateParamsBase,
    options: CallOptions,
  ): Promise<Answered<ChatCompletion | Stream<ChatCompletionChunk>>> {
    const { defaults, limits } = this.#connection.options
    const call = resolveCall(defaults, options)
    const payload = encodePayload(params, limits.maxRequestBytes)
    const { stream } = payload
    try {
      const answer = await complete(this.#connection, payload, call)
      const reading = stream ? asChunks(stream.includeUsage, limits.maxResponseBytes) : asCompletion
      return { answer, reading }
    } finally {
      wipe(payload)
    }
  }
}
