/** Stands in for a model behind the router, which no test has: it says what it is told to say, when it is told to. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An OpenAI-compatible server that says `parts`, one chunk each. */
export class ModelServer {
  readonly #server: Server
  #parts: readonly string[] = []
  #held: Promise<void> = Promise.resolve()

  constructor() {
    this.#server = createServer((request, response) => {
      request.resume()
      request.once('end', () => void this.#answer(response))
    })
  }

  /** Where it is, for `--upstream`. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  /** What it says from now on. */
  says(...parts: readonly string[]): void {
    this.#parts = parts
    this.#held = Promise.resolve()
  }

  /** The same, but all after the first part waits; gives what lets it go on. */
  saysFirst(...parts: readonly string[]): () => void {
    this.says(...parts)
    let release = (): void => undefined
    this.#held = new Promise((resolve) => (release = resolve))
    return release
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, content] of this.#parts.entries()) {
      if (index === 1) await this.#held
      response.write(event({ delta: { content }, finish_reason: null }))
    }
    response.write(event({ delta: {}, finish_reason: 'stop' }))
    response.end('data: [DONE]\n\n')
  }
}

function event(choice: object): string {
  const chunk = {
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'stand-in' },
    choices: [{ index: 0, ...choice }],
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}
