/** All of it, over real sockets: a models' server, the router as `nomyo router` serves it, and a client. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { memoryKeyStore, SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { createRouter, type RouterOptions } from '@nomyo/router'
import { listen } from '../../src/router/listen.ts'
import { requestLog } from '../../src/router/request-log.ts'
import { answerable } from '../../src/router/site.ts'

/** A router that listens. */
export interface ServedRouter extends AsyncDisposable {
  readonly url: string
  /** Its request log. */
  readonly lines: readonly string[]
}

/** Serves a router on a free port of 127.0.0.1, put together as the command does it. */
export async function serveRouter(options: RouterOptions): Promise<ServedRouter> {
  const lines: string[] = []
  const log = requestLog((line) => void lines.push(line))
  const router = createRouter({ logger: log.logger, ...options })
  const listeners = await listen(log.logged(answerable(router)), 0, ['127.0.0.1'])
  return {
    url: `http://127.0.0.1:${listeners.port}`,
    lines,
    [Symbol.asyncDispose]: () => listeners.close(0),
  }
}

/** A request as it came to the models' server. */
export interface ModelsRequest {
  readonly body: string
  readonly response: ServerResponse
  /** Resolves when the answer went out whole, or its connection broke before that. */
  readonly closed: Promise<'finished' | 'aborted'>
}

/** A models' server that a test scripts. */
export interface ModelsServer extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ModelsRequest[]
  /** TCP connections that are open. */
  readonly open: ReadonlySet<Socket>
}

/** Starts one. */
export async function startModels(
  answer: (response: ServerResponse, request: ModelsRequest) => unknown,
): Promise<ModelsServer> {
  const requests: ModelsRequest[] = []
  const open = new Set<Socket>()
  const server = createServer((incoming, response) => void handle(incoming, response))
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const closed = new Promise<'finished' | 'aborted'>((resolve) => {
      response.on('close', () => resolve(response.writableFinished ? 'finished' : 'aborted'))
    })
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    const request = { body, response, closed }
    requests.push(request)
    await answer(response, request)
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    open,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** A client over 2.0 that makes one attempt and logs nothing. */
export function clientOf(
  { url }: { readonly url: string },
  options: ClientOptions = {},
): SecureChatCompletion {
  return new SecureChatCompletion({
    ...{ baseURL: url, allowHttp: true, protocol: '2.0', keyStore: memoryKeyStore() },
    ...{ logLevel: 'off', maxRetries: 0 },
    ...options,
  })
}

/** A chunk of a streamed completion as an event. */
export function event(content: string): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }]
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`
}

export const DONE = 'data: [DONE]\n\n'
export const EVENTS = { 'content-type': 'text/event-stream' } as const

/** The smallest request. */
export const QUESTION: { model: string; messages: { role: 'user'; content: string }[] } = {
  model: 'test-model',
  messages: [{ role: 'user', content: 'Hello' }],
}
