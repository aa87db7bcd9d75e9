/** All that a page sends and receives, and how a text could be found in it. */
import type { APIResponse, Page, Request } from '@playwright/test'

/** A page's traffic. */
export class Traffic {
  readonly #requests: Request[] = []
  readonly #responses: APIResponse[] = []

  /** Records from the page's first request on. */
  static async of(page: Page): Promise<Traffic> {
    const traffic = new Traffic()
    page.on('request', (request) => traffic.#requests.push(request))
    // Fetched here and passed on: Chromium keeps no body that a page has read as a stream.
    await page.route('**/*', async (route) => {
      const response = await route.fetch()
      traffic.#responses.push(response)
      await route.fulfill({ response })
    })
    return traffic
  }

  /** The hosts that were asked. */
  get hosts(): readonly string[] {
    return [...new Set(this.#requests.map((request) => new URL(request.url()).host))]
  }

  /** The bodies of requests to a path. */
  sent(path: string): readonly Buffer[] {
    return this.#requests
      .filter((request) => new URL(request.url()).pathname === path)
      .map((request) => request.postDataBuffer() ?? Buffer.alloc(0))
  }

  /** The bodies of the answers to them. */
  received(path: string): Promise<Buffer[]> {
    const answers = this.#responses.filter((response) => new URL(response.url()).pathname === path)
    return Promise.all(answers.map((response) => response.body()))
  }

  /** Addresses, headers and bodies of everything, in both directions. */
  async everything(): Promise<Buffer> {
    const requests = this.#requests.map((request) => [
      Buffer.from(request.url() + JSON.stringify(request.headers())),
      request.postDataBuffer() ?? Buffer.alloc(0),
    ])
    const responses = this.#responses.map(async (response) => [
      Buffer.from(JSON.stringify(response.headersArray())),
      await response.body(),
    ])
    return Buffer.concat([...requests, ...(await Promise.all(responses))].flat())
  }
}

/** Whether a text occurs in bytes: as it is, percent-encoded, or within base64 at any of its three offsets. */
export function occurs(text: string, bytes: Buffer): boolean {
  return [text, encodeURIComponent(text), ...base64Forms(text)].some((form) => bytes.includes(form))
}

function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64')
    // The characters at both ends depend on the neighbours.
    return encoded.slice(4, -4)
  })
}
