/** Protocol 1.0: one envelope there, one envelope back. */
import { isSamePublicKey, maxEnvelopeBytes, open, seal, SecurityError } from '@nomyo/core'
import type { Bytes, KeyPair, OpenedEnvelope } from '@nomyo/core'
import { abortable, discard, giveBack } from '@nomyo/core/internal'
import { readUpTo } from '../http/body.js'
import type { Transport } from '../http/transport.js'
import { callHook } from '../hooks.js'
import type { ClientKeys } from '../keys/client-keys.js'
import type { ResolvedOptions } from '../options/options.js'
import type { ServerKey } from '../trust/published.js'
import type { ServerKeys } from '../trust/server-keys.js'
import { assertChatCompletion } from './cleartext.js'
import type { OpenEvent, SealEvent } from './events.js'
import type { Exchange, ExchangeRequest, ExchangeResponse } from './exchange.js'

const PATH = '/v1/chat/secure_completion'
/** Statuses by which a router may say that it could not open the request. */
const UNDECRYPTABLE = [400, 422]

/** What the exchange needs of its surroundings. */
export interface ExchangeV1Parts {
  readonly options: ResolvedOptions
  readonly transport: Transport
  readonly serverKeys: ServerKeys
  readonly clientKeys: ClientKeys
}

/** A request that was sent, before its answer was read. */
interface Sent {
  readonly payloadID: string
  readonly response: Response
  /** As `performance.now()` has it. */
  readonly sentAt: number
}

/** What the hook is told of an answer; the envelope only if there is a hook. */
type Wire = Pick<OpenEvent, 'envelopeBytes' | 'milliseconds' | 'networkMilliseconds'> & {
  readonly envelope: Bytes | undefined
}

/** Makes the exchange for protocol 1.0. */
export function exchangeV1(parts: ExchangeV1Parts): Exchange {
  return new ExchangeV1(parts)
}

class ExchangeV1 implements Exchange {
  readonly protocol = '1.0'
  readonly #options: ResolvedOptions
  readonly #transport: Transport
  readonly #serverKeys: ServerKeys
  readonly #clientKeys: ClientKeys

  constructor(parts: ExchangeV1Parts) {
    this.#options = parts.options
    this.#transport = parts.transport
    this.#serverKeys = parts.serverKeys
    this.#clientKeys = parts.clientKeys
  }

  async send(request: ExchangeRequest): Promise<ExchangeResponse> {
    assertChatCompletion(request)
    // Both at once: generating a key pair takes longer than fetching the router's key.
    const [serverKey, keyPair] = await Promise.all([
      this.#serverKeys.current(request.signal),
      abortable(this.#clientKeys.current(), request.signal),
    ])
    const response = await this.#post(request, serverKey, keyPair)
    if (!UNDECRYPTABLE.includes(response.status)) return response
    const renewed = await this.#renewedKey(serverKey, request.signal).catch((error: unknown) => {
      discard(response.body)
      throw error
    })
    if (renewed === undefined) return response
    discard(response.body)
    return this.#post(request, renewed, keyPair)
  }

  /** The router's key, if it is another one than `used` by now, and one that may be accepted. */
  async #renewedKey(used: ServerKey, signal: AbortSignal): Promise<ServerKey | undefined> {
    try {
      const key = await this.#serverKeys.renew(used, signal)
      return isSamePublicKey(key.publicKey, used.publicKey) ? undefined : key
    } catch (error) {
      if (signal.aborted || SecurityError.isInstance(error)) throw error
      return undefined // the router's key is out of reach: its refusal stands
    }
  }

  async #post(request: ExchangeRequest, serverKey: ServerKey, keyPair: KeyPair): Promise<ExchangeResponse> {
    const sent = await this.#send(request, serverKey, keyPair)
    const { status, headers, body } = sent.response
    if (status >= 400) {
      const { payloadID } = sent
      return { status, headers, body, authenticated: false, payloadID, processedAt: undefined }
    }
    return this.#open(await this.#readEnvelope(sent.response, request.signal), keyPair, sent)
  }

  /** Apart from what follows, which does not hold the request any more: it may be large, and so may the answer. */
  async #send(request: ExchangeRequest, serverKey: ServerKey, { publicKey }: KeyPair): Promise<Sent> {
    const payloadID = crypto.randomUUID()
    const envelope = await this.#seal(request.body, serverKey, payloadID)
    const sentAt = performance.now()
    request.signal.throwIfAborted()
    request.onSend()
    const response = await this.#transport({
      url: this.#options.baseURL + PATH,
      method: 'POST',
      headers: {
        ...request.headers,
        'content-type': 'application/octet-stream',
        'x-payload-id': payloadID,
        'x-public-key': percentEncode(publicKey.pem),
      },
      body: envelope,
      signal: request.signal,
    })
    const milliseconds = Math.round(performance.now() - sentAt)
    this.#options.logger.debug(
      `Request ${payloadID}: ${envelope.length} bytes sent, ${response.status} after ${milliseconds} ms.`,
    )
    return { payloadID, response, sentAt }
  }

  async #seal(plaintext: Bytes, { publicKey }: ServerKey, payloadID: string): Promise<Bytes> {
    const start = performance.now()
    const envelope = await seal(plaintext, publicKey, {
      maxPlaintextBytes: this.#options.limits.maxRequestBytes,
    })
    const { onSeal, logger } = this.#options
    const event: SealEvent = {
      protocol: '1.0',
      payloadID,
      serverKey: publicKey.fingerprint,
      plaintextBytes: plaintext.length,
      envelope,
      milliseconds: performance.now() - start,
    }
    callHook(onSeal, event, logger)
    return envelope
  }

  async #readEnvelope({ body, headers }: Response, signal: AbortSignal): Promise<Bytes> {
    const limit = maxEnvelopeBytes(this.#options.limits.maxResponseBytes)
    const expected = Number(headers.get('content-length')) || 0
    const sealed = await readUpTo(body, limit, signal, expected)
    if (sealed !== undefined) return sealed
    throw new SecurityError(
      'response_too_large',
      `The answer is larger than ${limit} bytes and was not read.`,
    )
  }

  /** No async function, which would hold the envelope until it has opened. */
  #open(envelope: Bytes, keyPair: KeyPair, sent: Sent): Promise<ExchangeResponse> {
    const { onOpen, limits } = this.#options
    const start = performance.now()
    const wire = {
      envelope: onOpen === undefined ? undefined : envelope,
      envelopeBytes: envelope.length,
      networkMilliseconds: start - sent.sentAt,
    }
    const opening = open(envelope, keyPair, { maxPlaintextBytes: limits.maxResponseBytes })
    if (onOpen === undefined) giveBack(envelope)
    return opening.then((opened) =>
      this.#opened(opened, sent, { ...wire, milliseconds: performance.now() - start }),
    )
  }

  #opened(
    { plaintext, processedAt }: OpenedEnvelope,
    { payloadID, response }: Sent,
    wire: Wire,
  ): ExchangeResponse {
    const { onOpen, logger } = this.#options
    const { envelope } = wire
    if (envelope !== undefined) {
      const event: OpenEvent = {
        protocol: '1.0',
        payloadID,
        plaintextBytes: plaintext.length,
        ...wire,
        envelope,
      }
      callHook(onOpen, event, logger)
    }
    const body = wipedIfCancelled(plaintext)
    return { status: 200, headers: response.headers, body, authenticated: true, payloadID, processedAt }
  }
}

function wipedIfCancelled(plaintext: Bytes): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(plaintext)
      controller.close()
    },
    cancel() {
      plaintext.fill(0)
    },
  })
}

/** As Python's `urllib.parse.quote` writes it, which leaves `/`. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/')
}
