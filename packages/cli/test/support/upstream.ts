/** A stand-in for a server of OpenAI's API. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it does. */
export interface UpstreamOptions {
  /** The ids that GET /v1/models lists. */
  readonly models?: readonly string[]
  /** ms before it answers a completion. */
  readonly delay?: number
  /** What it says. Default: a greeting. */
  readonly content?: string
  /** The status of completions. Default: 200. */
  readonly status?: number
  /** Fields that stand in for those of a completion. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A running upstream. */
export interface Upstream {
  readonly url: string
  /** Authorization headers, in order. */
  readonly authorizations: (string | undefined)[]
  /** The models that were asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Starts it on a free port of 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const authorizations: (string | undefined)[] = []
  const asked: string[] = []
  const server = createServer((incoming, response) => {
    authorizations.push(incoming.headers.authorization)
    void answer(incoming, response, options, asked)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1`, authorizations, asked, close: () => close(server) }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const { url, close: closeIt } = await startUpstream()
  await closeIt()
  return Number(new URL(url).port)
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { models = [], delay = 0, status = 200, content = 'Upstream says hello.', fields }: UpstreamOptions,
  asked: string[],
): Promise<void> {
  let body = ''
  for await (const chunk of incoming) body += String(chunk)
  response.setHeader('content-type', 'application/json')
  if (incoming.url === '/v1/models') {
    response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }))
    return
  }
  const { model } = JSON.parse(body) as { model: string }
  asked.push(model)
  await new Promise((resolve) => setTimeout(resolve, delay))
  response.statusCode = status
  response.end(
    JSON.stringify(
      status === 200
        ? { ...completion(model, content), ...fields }
        : { error: { message: 'upstream words' } },
    ),
  )
}

function completion(model: string, content: string): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
