/**
 * A router for tests of protocol 2.0: a real HTTP server over real sockets on core's own opening and sealing, with
 * answers that a test scripts, broken ones included. It has no replay store and no policy: those are the router's.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Bytes, KeyPair } from '@nomyo/core'
import {
  capabilitiesHash,
  encodeCapabilities,
  openRequest,
  readRequestHead,
  type InnerRequest,
  type SealedPart,
} from '@nomyo/core/exchange'
import { testKeyPair } from './keys.ts'

export const PATHS: readonly string[] = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/models',
  '/v1/audio/*',
]

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As on the wire. */
  readonly body: Bytes
  /** What was in it; undefined if nothing opened. */
  readonly inner: InnerRequest | undefined
  readonly issuedAt: number | undefined
  /** Resolves when the response went out whole, or its connection broke before that. */
  readonly closed: Promise<'finished' | 'aborted'>
}

/** An answer that is sealed. */
export interface SealedReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text, or pieces that are sent as they come, or parts of other kinds among them. */
  readonly body?: string | Uint8Array | AsyncIterable<string | SealedPart>
  readonly refused?: string
  /** Bytes of plaintext in a frame. Default: 1024. */
  readonly frameBytes?: number
  /** Of the router's clock. Default: now. */
  readonly t?: number
  /** Default: of the document that is served. */
  readonly capabilitiesHash?: string
  /** In place of the final part. */
  readonly last?: SealedPart
  /** Of the bytes that go out, what arrives. */
  readonly mangle?: (bytes: Uint8Array) => Uint8Array
  /** Called in place of ending the response. */
  readonly after?: (response: ServerResponse) => void
}

/** An answer that is not. */
export type PlainReply = (response: ServerResponse) => void

/** What a sealed router says. */
export interface SealedRouterReplies {
  onSealed?: (
    request: ArrivedRequest,
    count: number,
  ) => SealedReply | PlainReply | Promise<SealedReply | PlainReply>
  /** Undefined: the capabilities. */
  onCapabilities?: (count: number) => PlainReply | undefined
  /** The keys that open; the first is the current one. */
  keys: readonly KeyPair[]
  versions: readonly string[]
  /** Sent with the capabilities. */
  capabilitiesHeaders?: Readonly<Record<string, string>>
}

/** Starts one on a free port of the loopback interface. */
export async function startSealedRouter(given: Partial<SealedRouterReplies> = {}): Promise<SealedRouter> {
  const router = new SealedRouter({
    versions: ['1.0', '2.0'],
    keys: [await testKeyPair('router2048')],
    ...given,
  })
  await router.listen()
  return router
}

/** A running one. Its fields may be changed at any time. */
export class SealedRouter implements AsyncDisposable {
  readonly requests: ArrivedRequest[] = []
  readonly replies: SealedRouterReplies
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch((error: unknown) => {
      if (!response.destroyed) response.writeHead(599).end(String(error))
    })
  })
  readonly #open = new Set<Socket>()

  constructor(replies: SealedRouterReplies) {
    this.replies = replies
    this.#server.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Those to the sealed path. */
  get sealed(): ArrivedRequest[] {
    return this.requests.filter(({ path }) => path === '/v2/secure')
  }

  get capabilityRequests(): ArrivedRequest[] {
    return this.requests.filter(({ path }) => path === '/pki/capabilities')
  }

  /** The document that is served. */
  get document(): Bytes {
    const { keys, versions } = this.replies
    return encodeCapabilities({ versions, keys: keys.map(({ publicKey }) => publicKey), paths: PATHS })
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await closed
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming
    const closed = new Promise<'finished' | 'aborted'>((resolve) => {
      response.on('close', () => resolve(response.writableFinished ? 'finished' : 'aborted'))
    })
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = new Uint8Array(Buffer.concat(chunks))
    const opened = path === '/v2/secure' ? await this.#openRequest(body, headers) : undefined
    const inner = opened && { ...opened.request, body: opened.request.body.slice() }
    const request = { method, path, headers, body, inner, issuedAt: opened?.issuedAt, closed }
    this.requests.push(request)
    if (path === '/pki/capabilities') return this.#capabilities(response)
    if (path !== '/v2/secure') return plain(404, { detail: 'Not Found' })(response)
    if (opened === undefined) {
      return plain(422, { type: 'urn:nomyo:problem:key', detail: 'Another key.' })(response)
    }
    const reply = (await this.replies.onSealed?.(request, this.sealed.length)) ?? {}
    if (typeof reply === 'function') return reply(response)
    await this.#seal(reply, request, opened, response)
  }

  #capabilities(response: ServerResponse): void {
    const reply = this.replies.onCapabilities?.(this.capabilityRequests.length)
    if (reply !== undefined) return reply(response)
    const headers = { 'content-type': 'application/json', ...this.replies.capabilitiesHeaders }
    response.writeHead(200, headers).end(this.document)
  }

  async #openRequest(
    body: Bytes,
    headers: IncomingHttpHeaders,
  ): Promise<Awaited<ReturnType<typeof openRequest>> | undefined> {
    const fingerprint = readRequestHead(body)?.fingerprint
    const pair = this.replies.keys.find(({ publicKey }) => publicKey.fingerprint === fingerprint)
    if (pair === undefined) return undefined
    const tier = headers['x-security-tier']
    const context = {
      payloadID: String(headers['x-payload-id']),
      tier: typeof tier === 'string' ? tier : undefined,
      authorization: headers.authorization,
    }
    return openRequest(body, pair, context)
  }

  async #seal(
    reply: SealedReply,
    request: ArrivedRequest,
    opened: Awaited<ReturnType<typeof openRequest>>,
    response: ServerResponse,
  ): Promise<void> {
    const { status = 200, headers = { 'content-type': 'application/json' }, body = '', refused } = reply
    const meta = {
      ...{ status, headers, payload_id: String(request.headers['x-payload-id']) },
      caps_hash: reply.capabilitiesHash ?? (await capabilitiesHash(this.document)),
      t: reply.t ?? Date.now(),
      ...(refused === undefined ? {} : { refused }),
    }
    const sealer = opened.sealResponse({ frameBytes: reply.frameBytes ?? 1024 })
    const writer = sealer.writable.getWriter()
    const write = async (): Promise<void> => {
      await writer.write({ kind: 'meta', meta })
      for await (const part of partsOf(body)) await writer.write(part)
      await writer.write(reply.last ?? { kind: 'pad', isFinal: true })
      await writer.close()
    }
    // A test may break off: then there is nobody left to write to.
    write().catch(() => undefined)
    response.writeHead(200, { 'content-type': 'application/vnd.nomyo.stream', 'x-request-id': 'req-test' })
    await send(sealer.readable, response, reply)
  }
}

/** A plain answer in JSON. */
export function plain(status: number, value: unknown, headers: Record<string, string> = {}): PlainReply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  }
}

async function send(
  readable: ReadableStream<Uint8Array>,
  response: ServerResponse,
  { mangle, after }: SealedReply,
): Promise<void> {
  const reader = readable.getReader()
  const whole: Uint8Array[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done || response.destroyed) break
    if (mangle === undefined) response.write(value)
    else whole.push(value)
  }
  if (mangle !== undefined) response.write(mangle(Buffer.concat(whole)))
  if (after === undefined) response.end()
  else after(response)
}

async function* partsOf(body: NonNullable<SealedReply['body']>): AsyncGenerator<SealedPart, void> {
  const data = (bytes: Bytes): SealedPart => ({ kind: 'data', bytes })
  const encoder = new TextEncoder()
  if (typeof body === 'string') yield data(encoder.encode(body))
  else if (body instanceof Uint8Array) yield data(new Uint8Array(body))
  else for await (const piece of body) yield typeof piece === 'string' ? data(encoder.encode(piece)) : piece
}
