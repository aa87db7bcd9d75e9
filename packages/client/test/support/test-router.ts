/**
 * A router for tests: a real HTTP server that speaks protocol 1.0 over real sockets, with replies that a
 * test scripts, broken ones included.
 */
import { createServer as createHttpServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { importPublicKey, open, seal } from '@nomyo/core'
import type { JsonObject, KeyPair, OpenedEnvelope, PublicKey } from '@nomyo/core'
import { testKeyPair } from './keys.ts'

const KEY_PATH = '/pki/public_key'
const MESSAGE_PATH = '/v1/chat/secure_completion'
/** More than any client of ours accepts, so that the client's limit is the one under test. */
const NO_LIMIT = 256 * 1024 * 1024

/** A request as it arrived. */
export interface TestRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As on the wire. */
  readonly body: Buffer
  /** The opened envelope; undefined if there was none that opens. */
  readonly plaintext: string | undefined
  /** The same, parsed. */
  readonly json: JsonObject | undefined
  /** The key in X-Public-Key; undefined if there is none that is accepted. */
  readonly clientKey: PublicKey | undefined
  /** Resolves when the response went out whole, or its connection broke before that. */
  readonly closed: Promise<'finished' | 'aborted'>
}

/** What is answered. Undefined is the default: a completion to a message, the key to a request for it. */
export type Reply =
  | undefined
  | SealedReply
  | RawReply
  | ((response: ServerResponse, request: TestRequest) => void | Promise<void>)

/** An answer sealed to the request's X-Public-Key, or to another key. */
export interface SealedReply {
  readonly sealed: object | string | Uint8Array
  readonly to?: PublicKey
  readonly processedAt?: number
  readonly headers?: Record<string, string>
}

/** An answer of any bytes. */
export interface RawReply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

/** How a test router is started. */
export interface TestRouterOptions {
  /** PEM texts; with them it serves https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Default: the 2048-bit fixture. */
  readonly keyPair?: KeyPair
  /** Whether requests are opened. Default: true; false saves time where nothing looks into them. */
  readonly opens?: boolean
  readonly onMessage?: (request: TestRequest) => Reply | Promise<Reply>
  readonly onKey?: (request: TestRequest) => Reply | Promise<Reply>
}

/** A running test router. */
export interface TestRouter extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string
  readonly keyPair: KeyPair
  readonly requests: readonly TestRequest[]
  /** Those to the completion path. */
  readonly messages: readonly TestRequest[]
  /** Those for the router's key. */
  readonly keyRequests: readonly TestRequest[]
  /** TCP connections. */
  readonly sockets: { readonly opened: number; readonly open: number }
  /** From now on this key is presented, and opens. */
  setKeyPair(keyPair: KeyPair): void
  /** Changes the replies. */
  reply(replies: Pick<TestRouterOptions, 'onMessage' | 'onKey'>): void
  /** Ends every connection and stops. */
  close(): Promise<void>
}

/** Starts a router on a free port of the loopback interface. */
export async function startTestRouter(options: TestRouterOptions = {}): Promise<TestRouter> {
  const router = new Router(options, options.keyPair ?? (await testKeyPair('router2048')))
  await router.listen()
  return router
}

/** A whole chat.completion with this text. */
export function completion(content = 'Hello from the test router.'): JsonObject {
  return {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'test-model',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}

/** A plain failure as routers write it. */
export function failure(status: number, detail: unknown, headers: Record<string, string> = {}): RawReply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ detail }),
  }
}

/** A reply that breaks the TCP connection with a reset, after `before` bytes of a body of `length`. */
export function reset(before = 0, length = 10_000): Reply {
  return (response) => {
    const drop = (): void => {
      response.socket?.resetAndDestroy()
    }
    if (before === 0) return drop()
    response.writeHead(200, { 'content-length': String(length) })
    response.write(Buffer.alloc(before, 0x20), drop)
  }
}

/** A reply with headers, and `before` bytes of a longer body, that then says nothing any more. */
export function stall(before = 0): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '100000' })
    response.flushHeaders()
    if (before > 0) response.write(Buffer.alloc(before, 0x20))
  }
}

/** A reply that never comes. */
export function silence(): Reply {
  return () => undefined
}

class Router implements TestRouter {
  readonly requests: TestRequest[] = []
  readonly #server: Server
  readonly #secure: boolean
  readonly #opens: boolean
  readonly #open = new Set<Socket>()
  #opened = 0
  #keyPair: KeyPair
  #onMessage: TestRouterOptions['onMessage']
  #onKey: TestRouterOptions['onKey']

  constructor(options: TestRouterOptions, keyPair: KeyPair) {
    this.#keyPair = keyPair
    this.#onMessage = options.onMessage
    this.#onKey = options.onKey
    this.#secure = options.tls !== undefined
    this.#opens = options.opens ?? true
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch((error: unknown) => {
        // A broken connection is the test's own doing; anything else is a fault of this file.
        if (!response.destroyed) response.writeHead(599).end(String(error))
      })
    }
    this.#server = options.tls ? createHttpsServer(options.tls, handle) : createHttpServer(handle)
    this.#server.keepAliveTimeout = 60_000
    this.#server.on('connection', (socket: Socket) => {
      this.#opened++
      this.#open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return this.#secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`
  }

  get keyPair(): KeyPair {
    return this.#keyPair
  }

  get messages(): TestRequest[] {
    return this.requests.filter(({ path }) => path.endsWith(MESSAGE_PATH))
  }

  get keyRequests(): TestRequest[] {
    return this.requests.filter(({ path }) => path.endsWith(KEY_PATH))
  }

  get sockets(): { opened: number; open: number } {
    return { opened: this.#opened, open: this.#open.size }
  }

  setKeyPair(keyPair: KeyPair): void {
    this.#keyPair = keyPair
  }

  reply(replies: Pick<TestRouterOptions, 'onMessage' | 'onKey'>): void {
    if ('onMessage' in replies) this.#onMessage = replies.onMessage
    if ('onKey' in replies) this.#onKey = replies.onKey
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, this.#secure ? 'localhost' : '127.0.0.1', resolve)
    })
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise<'finished' | 'aborted'>((resolve) => {
      response.on('close', () => resolve(response.writableFinished ? 'finished' : 'aborted'))
    })
    const request = await this.#read(incoming, closed)
    this.requests.push(request)
    const { path } = request
    if (path.endsWith(KEY_PATH))
      return this.#answer((await this.#onKey?.(request)) ?? this.#key(), request, response)
    if (!path.endsWith(MESSAGE_PATH)) return this.#answer(failure(404, 'Not Found'), request, response)
    const reply = (await this.#onMessage?.(request)) ?? this.#message(request)
    return this.#answer(reply, request, response)
  }

  async #read(incoming: IncomingMessage, closed: TestRequest['closed']): Promise<TestRequest> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const pem = incoming.headers['x-public-key']
    const clientKey =
      typeof pem === 'string' ? await importPublicKey(decodeURIComponent(pem)).catch(nothing) : undefined
    const opened = this.#opens && body.length > 0 ? await this.#openEnvelope(body) : undefined
    const plaintext = opened && new TextDecoder().decode(opened.plaintext)
    return {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      plaintext,
      json: parsed(plaintext),
      clientKey,
      closed,
    }
  }

  async #openEnvelope(body: Buffer): Promise<OpenedEnvelope | undefined> {
    const rules = { kind: 'request', maxPlaintextBytes: NO_LIMIT } as const
    return open(body, this.#keyPair, rules).catch(nothing)
  }

  #key(): RawReply {
    const headers = { 'content-type': 'application/x-pem-file' }
    return { status: 200, headers, body: this.#keyPair.publicKey.pem }
  }

  #message({ json, clientKey }: TestRequest): Reply {
    if (clientKey === undefined) return failure(400, 'Invalid public key')
    return json === undefined ? failure(400, 'Decryption failed') : { sealed: completion() }
  }

  async #answer(reply: Reply, request: TestRequest, response: ServerResponse): Promise<void> {
    if (reply === undefined) throw new Error('no reply')
    if (typeof reply === 'function') return reply(response, request)
    if ('sealed' in reply) return sendSealed(reply, request, response)
    response.writeHead(reply.status, reply.headers)
    const { body = '' } = reply
    if (typeof body === 'string' || body instanceof Uint8Array) {
      response.end(body)
      return
    }
    for await (const chunk of body) {
      if (response.destroyed) return
      if (!response.write(chunk)) await drained(response)
    }
    response.end()
  }
}

async function sendSealed(reply: SealedReply, request: TestRequest, response: ServerResponse): Promise<void> {
  const recipient = reply.to ?? request.clientKey
  if (recipient === undefined) throw new Error('no key to seal the answer to')
  const { sealed, processedAt = 1_700_000_000.5 } = reply
  const plaintext =
    sealed instanceof Uint8Array
      ? sealed
      : new TextEncoder().encode(typeof sealed === 'string' ? sealed : JSON.stringify(sealed))
  const envelope = await seal(plaintext, recipient, { processedAt, maxPlaintextBytes: NO_LIMIT })
  response.writeHead(200, { 'content-type': 'application/octet-stream', ...reply.headers }).end(envelope)
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

function parsed(text: string | undefined): JsonObject | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as JsonObject)
  } catch {
    return undefined
  }
}

const nothing = (): undefined => undefined
