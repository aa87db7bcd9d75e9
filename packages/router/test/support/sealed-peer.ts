/** The client's side of protocol 2.0, made of core alone, and the router that it talks to. */
import type { Bytes, KeyPair } from '@nomyo/core'
import {
  parseCapabilities,
  sealRequest,
  type Capabilities,
  type InnerRequest,
  type ResponseMeta,
  type SealedRequest,
} from '@nomyo/core/exchange'
import { createRouter, embeddedBackend, type RouterHandler, type RouterOptions } from '@nomyo/router'
import { PAYLOAD_ID, QUESTION, URL_OF_ROUTER } from './peer.ts'

/** A sealed request and what opens its answer. */
export interface Sealed {
  readonly sealed: SealedRequest
  readonly request: Request
}

/** What was in an answer. */
export interface Opened {
  readonly meta: ResponseMeta
  readonly text: string
  /** Bytes of each frame with its header. */
  readonly frames: readonly number[]
  /** The error with which the answer ended, if it did. */
  readonly error: { readonly code: string } | undefined
}

/** What of a request is not as usual. */
export interface Parts {
  readonly inner?: Partial<InnerRequest>
  readonly body?: unknown
  readonly issuedAt?: number
  /** Bound into the envelope. */
  readonly context?: { readonly payloadID?: string; readonly tier?: string; readonly authorization?: string }
  /** Sent beside it; null takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly keys?: KeyPair
  readonly bytes?: (bytes: Bytes) => Bytes
  readonly signal?: AbortSignal
}

/** A router that speaks 2.0 and a client for it. */
export class SealedPeer {
  readonly router: RouterHandler
  readonly #keys: KeyPair

  constructor(keys: KeyPair, options: Partial<RouterOptions> = {}) {
    this.#keys = keys
    this.router = createRouter({ keys, backend: embeddedBackend(), ...options })
  }

  async capabilities(): Promise<Capabilities> {
    const response = await this.router(new Request(`${URL_OF_ROUTER}/pki/capabilities`))
    return parseCapabilities(new Uint8Array(await response.arrayBuffer()))
  }

  async seal(parts: Parts = {}): Promise<Sealed> {
    const context = { payloadID: PAYLOAD_ID, ...parts.context }
    const inner = {
      ...{ method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' } },
      body: new TextEncoder().encode(JSON.stringify(parts.body ?? QUESTION)),
      ...parts.inner,
    }
    const options = parts.issuedAt === undefined ? {} : { issuedAt: parts.issuedAt }
    const { publicKey } = parts.keys ?? this.#keys
    const sealed = await sealRequest(inner, publicKey, context, options)
    const headers = new Headers({
      'content-type': 'application/vnd.nomyo.sealed',
      'x-payload-id': context.payloadID,
      ...(context.tier === undefined ? {} : { 'x-security-tier': context.tier }),
      ...(context.authorization === undefined ? {} : { authorization: context.authorization }),
    })
    for (const [name, value] of Object.entries(parts.headers ?? {})) {
      if (value === null) headers.delete(name)
      else headers.set(name, value)
    }
    const body = parts.bytes?.(sealed.bytes) ?? sealed.bytes
    const signal = parts.signal === undefined ? {} : { signal: parts.signal }
    return {
      sealed,
      request: new Request(`${URL_OF_ROUTER}/v2/secure`, { method: 'POST', headers, body, ...signal }),
    }
  }

  async send(parts: Parts = {}): Promise<Response> {
    return this.router((await this.seal(parts)).request)
  }

  /** Sends, and opens the answer. */
  async ask(parts: Parts = {}): Promise<Opened> {
    const { sealed, request } = await this.seal(parts)
    return openAnswer(sealed, await this.router(request))
  }
}

/** Opens an answer to its end. @throws what core throws for one that is not whole. */
export async function openAnswer(sealed: SealedRequest, response: Response): Promise<Opened> {
  if (response.status !== 200)
    throw new Error(`the router answered ${response.status}: ${await response.text()}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const reader = new Response(bytes).body!.pipeThrough(sealed.openResponse()).getReader()
  let meta: ResponseMeta | undefined
  let error: Opened['error']
  let text = ''
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value: part } = await reader.read()
    if (done) break
    if (part.kind === 'meta') meta = part.meta
    if (part.kind === 'data') text += decoder.decode(part.bytes, { stream: true })
    if (part.kind === 'error') error = part
  }
  return { meta: meta!, text, error, frames: framesOf(bytes) }
}

function framesOf(bytes: Uint8Array): number[] {
  const sizes: number[] = []
  const view = new DataView(bytes.buffer)
  for (let at = 68; at < bytes.length; at += sizes.at(-1)!) sizes.push(4 + (view.getUint32(at) & 0x7fffffff))
  return sizes
}
