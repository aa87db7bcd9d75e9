/** Stands in for a model behind the router, which no test has: it says what it is told to say, when it is told to. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'

/** An OpenAI-compatible server that says `parts`, one chunk each. */
export class ModelServer {
  readonly #server: Server
  #parts: readonly string[] = []
  #name: unknown
  #list: unknown
  #asked = 0
  #held: Promise<void> = Promise.resolve()

  constructor() {
    this.#server = createServer((request, response) => {
      void textOf(request).then((body) => {
        if (request.url === '/v1/models') this.#answerList(response)
        else if (JSON.parse(body).stream === true) void this.#answer(response)
        else this.#answerWhole(response)
      })
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
    this.#name = 'stand-in'
    this.#held = Promise.resolve()
  }

  /** The same, but all after the first part waits; gives what lets it go on. */
  saysFirst(...parts: readonly string[]): () => void {
    this.says(...parts)
    let release = (): void => undefined
    this.#held = new Promise((resolve) => (release = resolve))
    return release
  }

  /** The same under another name, or whatever stands in the place of one. */
  saysAs(name: unknown, ...parts: readonly string[]): void {
    this.says(...parts)
    this.#name = name
  }

  /** The models that it lists from now on; undefined for a server that lists none. */
  offers(models: readonly string[] | undefined): void {
    const data = models?.map((id) => ({ id, object: 'model', created: 1, owned_by: 'somebody' }))
    this.offersRaw(data && { object: 'list', data })
  }

  /** The same, with whatever in the place of a list. */
  offersRaw(list: unknown): void {
    this.#list = list
    this.#asked = 0
  }

  /** How often it was asked since then. */
  get timesAsked(): number {
    return this.#asked
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answerList(response: ServerResponse): void {
    this.#asked++
    const isThere = this.#list !== undefined
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isThere ? this.#list : { error: { message: 'Not here.' } }))
  }

  #answerWhole(response: ServerResponse): void {
    const message = { role: 'assistant', content: this.#parts.join('') }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        ...ABOUT,
        model: this.#name,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      }),
    )
  }

  async #answer(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, content] of this.#parts.entries()) {
      if (index === 1) await this.#held
      response.write(event(this.#name, { delta: { content }, finish_reason: null }))
    }
    response.write(event(this.#name, { delta: {}, finish_reason: 'stop' }))
    response.end('data: [DONE]\n\n')
  }
}

const ABOUT = { id: 'chatcmpl-1', object: 'chat.completion', created: 1 }

function event(model: unknown, choice: object): string {
  const chunk = { ...ABOUT, model, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] }
  return `data: ${JSON.stringify(chunk)}\n\n`
}
