/** A router as an app of one's own has it: behind Node's HTTP server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import {
  createRouter,
  embeddedBackend,
  memoryReplayStore,
  type LogFields,
  type RouterHandler,
  type RouterLogger,
  type RouterOptions,
} from '@nomyo/router'

export interface ListeningRouter {
  readonly url: string
  readonly fingerprint: string
  readonly logged: readonly string[]
  close(): void
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const given = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const body: NodeReadableStream = Readable.toWeb(incoming)
  return new Request(`http://${headers.host ?? 'localhost'}${url}`, {
    method,
    headers: given,
    ...(method === 'GET' ? {} : { body, duplex: 'half' as const }),
  })
}

async function answer(
  handler: RouterHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const response = await handler(requestOf(incoming))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk)
  outgoing.end()
}

/** Takes one API key, and answers to its own address only. */
export async function listenWithRouter(apiKey: string): Promise<ListeningRouter> {
  const keys: KeyPair = await generateKeyPair({ modulusLength: 2048 })
  const logged: string[] = []
  const note = (message: string, fields: LogFields): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`)
  const logger: RouterLogger = { debug: note, info: note, warn: note, error: note }
  const options: RouterOptions = {
    keys,
    backend: embeddedBackend({ chunkDelay: 0 }),
    apiKeys: [apiKey],
    allowedHosts: ['127.0.0.1'],
    limits: { maxPlaintextBytes: 100_000 },
    replayStore: memoryReplayStore(),
    logger,
  }
  const handler = createRouter(options)
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): void => void server.close().closeAllConnections()
  return { url: `http://127.0.0.1:${port}`, fingerprint: keys.publicKey.fingerprint, logged, close }
}
