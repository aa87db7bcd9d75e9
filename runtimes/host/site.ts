/**
 * The host's HTTP server: pages, bundles and vectors for the runtimes, and their reports back. Browsers also use it as
 * their proxy, so that it answers for a host that is not localhost: such a page is no secure context.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import type { Context } from '../suite/context.ts'
import type { Report } from '../suite/harness.ts'
import type { Runtime } from '../support.ts'

export interface Site {
  readonly origin: string
  /** `host:port`, as proxies are named. */
  readonly address: string
  close(): void
}

export interface SiteParts {
  readonly vectors: string
  /** The folder of the bundle for pages. */
  readonly page: string
  readonly contextFor: (runtime: Runtime) => Omit<Context, 'host'>
  readonly onReport: (runtime: Runtime, report: Report) => void
}

/** An error that nobody catches ends it: a module that does not load, a promise that was dropped. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Suite</title>
<script>
  const fail = (failed) =>
    fetch('/report/' + location.pathname.split('/')[2], { method: 'POST', body: JSON.stringify({ failed }) })
  addEventListener('error', ({ message }) => fail('an error that nobody caught: ' + message), true)
  addEventListener('unhandledrejection', ({ reason }) => fail('a rejection that nobody handled: ' + reason))
</script>
<script type="module" src="/page/page.js"></script>`

/** Starts it. */
export async function startSite(parts: SiteParts): Promise<Site> {
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    address: `127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  { vectors, page, contextFor, onReport }: SiteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // What is asked of a proxy is a whole URL.
  const { pathname } = new URL(request.url ?? '', 'http://localhost')
  const [, section, name = ''] = pathname.split('/') as [string, string, string?]
  const send = (type: string, body: string | Buffer): void =>
    void response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  if (section === 'pages') return send('text/html', PAGE)
  if (section === 'context') return send('application/json', JSON.stringify(contextFor(name as Runtime)))
  if (section === 'page') return send('text/javascript', await readFile(join(page, basename(name))))
  if (section === 'vectors') return send('application/json', await readFile(join(vectors, basename(name))))
  if (section !== 'report') return void response.writeHead(404).end()
  let text = ''
  for await (const chunk of request) text += String(chunk)
  onReport(name as Runtime, JSON.parse(text) as Report)
  send('text/plain', '')
}
