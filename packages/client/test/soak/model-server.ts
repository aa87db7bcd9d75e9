/** The models' server behind the router: says what it was told, and remembers how often it was told the text of each call. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running one. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string
  /** How often it was asked with the text of that call. */
  times(index: number): number
}

interface Asked {
  readonly model: string
  readonly stream?: boolean
  readonly messages: readonly { readonly content: string }[]
}

/** What a call asks. */
export const textOf = (index: number): string => `call ${String(index).padStart(7, '0')}`
/** What it is answered. */
export const echoOf = (text: string): string => `You said: ${text}.`

/** Starts one for so many calls. */
export async function startModelServer(calls: number): Promise<ModelServer> {
  // As large at the end as in the beginning: what is measured beside it may not grow.
  const times = new Uint8Array(calls)
  const server = createServer((request, response) => void answer(request, response, times))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    times: (index) => times[index]!,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, times: Uint8Array): Promise<void> {
  let body = ''
  try {
    for await (const chunk of request) body += String(chunk)
  } catch {
    return // the router has given it up
  }
  const { model, stream, messages } = JSON.parse(body) as Asked
  const text = messages[0]!.content
  const index = /^call (\d{7})$/.exec(text)?.[1]
  if (index !== undefined) times[Number(index)]!++
  const common = { id: 'soak', created: 1, model }
  if (stream === true) {
    response.setHeader('content-type', 'text/event-stream')
    for (const part of thirdsOf(echoOf(text))) {
      const choices = [{ index: 0, delta: { content: part }, finish_reason: null }]
      response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`)
    }
    return void response.end('data: [DONE]\n\n')
  }
  const message = { role: 'assistant', content: echoOf(text) }
  const choices = [{ index: 0, finish_reason: 'stop', message }]
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...common, object: 'chat.completion', choices }))
}

function thirdsOf(text: string): string[] {
  const third = Math.ceil(text.length / 3)
  return [0, third, 2 * third].map((at) => text.slice(at, at + third))
}
