/** The client's side of protocol 1.0, made of core alone, and the router that it talks to. */
import {
  generateKeyPair,
  open,
  parsePlaintext,
  seal,
  type Bytes,
  type JsonObject,
  type KeyPair,
  type PublicKey,
} from '@nomyo/core'
import { createRouter, embeddedBackend, type RouterHandler, type RouterOptions } from '@nomyo/router'

export const URL_OF_ROUTER = 'http://localhost:12434'
export const COMPLETION = '/v1/chat/secure_completion'
export const PAYLOAD_ID = '3f2b6c1e-9a4d-4e7f-8b21-5c6d7e8f9a0b'

/** A request that any backend can answer. */
export const QUESTION: JsonObject = { model: 'test-model', messages: [{ role: 'user', content: 'Hello' }] }

/** What a request is made of; each part can be replaced. */
export interface RequestParts {
  /** Sealed to the router's key. */
  readonly payload?: JsonObject | string | Bytes
  /** Sent as it is, in place of an envelope. */
  readonly body?: BodyInit
  /** Null takes a header away. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly sealTo?: PublicKey
  readonly url?: string
  readonly method?: string
  readonly signal?: AbortSignal
}

/** A router and a client that know one another. */
export interface Peer {
  readonly router: RouterHandler
  readonly routerKeys: KeyPair
  readonly clientKeys: KeyPair
  /** A sealed request, not sent. */
  request(parts?: RequestParts): Promise<Request>
  /** Sends one. */
  post(parts?: RequestParts): Promise<Response>
  /** The opened answer. */
  answerOf(response: Response): Promise<JsonObject>
}

/** Both keys have 2048 bits, which are fast to make. */
export async function twoKeyPairs(): Promise<[KeyPair, KeyPair]> {
  return [await generateKeyPair({ modulusLength: 2048 }), await generateKeyPair({ modulusLength: 2048 })]
}

/** A router over the embedded backend, unless `options` say otherwise. */
export function peerOf(
  [routerKeys, clientKeys]: [KeyPair, KeyPair],
  options: Partial<RouterOptions> = {},
): Peer {
  const router = createRouter({ keys: routerKeys, backend: embeddedBackend(), ...options })
  const request = async (parts: RequestParts = {}): Promise<Request> => {
    const body =
      parts.body ?? (await seal(bytesOf(parts.payload ?? QUESTION), parts.sealTo ?? routerKeys.publicKey))
    const init = {
      method: parts.method ?? 'POST',
      headers: headersOf(parts, clientKeys.publicKey),
      body,
      duplex: 'half',
    }
    return new Request(parts.url ?? URL_OF_ROUTER + COMPLETION, {
      ...init,
      ...(parts.signal === undefined ? {} : { signal: parts.signal }),
    })
  }
  return {
    router,
    routerKeys,
    clientKeys,
    request,
    post: async (parts) => router(await request(parts)),
    answerOf: async (response) => {
      const { plaintext } = await open(new Uint8Array(await response.arrayBuffer()), clientKeys)
      return parsePlaintext(plaintext)
    },
  }
}

/** The status of a plain failure and its only field. */
export async function failureOf(response: Response): Promise<{ status: number; detail: unknown }> {
  const body = (await response.json()) as JsonObject
  if (Object.keys(body).join() !== 'detail') throw new Error('a failure must be {"detail"} and nothing else')
  return { status: response.status, detail: body['detail'] }
}

function headersOf({ headers = {} }: RequestParts, clientKey: PublicKey): Headers {
  const given: Record<string, string | null> = {
    'content-type': 'application/octet-stream',
    'x-payload-id': PAYLOAD_ID,
    'x-public-key': encodeURIComponent(clientKey.pem),
    ...headers,
  }
  const kept = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== null)
  return new Headers(kept)
}

function bytesOf(payload: JsonObject | string | Bytes): Bytes {
  if (payload instanceof Uint8Array) return payload
  return new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload))
}
