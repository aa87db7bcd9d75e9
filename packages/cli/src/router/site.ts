/** The router and, on the same origin, the files of a page. */
import { staticMiddleware } from 'srvx/static'
import type { ServerRequest } from 'srvx'

/** Answers one request. */
export type Handler = (request: Request) => Promise<Response>

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const ROUTER_PATHS = /^\/(?:pki|v1)\/|^\/health$/

/** `router` for its own paths, files of `directory` for all others, both only under the allowed host names. */
export function siteHandler(
  router: Handler,
  directory: string,
  allowedHosts: readonly string[] | undefined,
): Handler {
  const files = staticMiddleware({ dir: directory, dotfiles: false })
  return async (request) => {
    if (ROUTER_PATHS.test(new URL(request.url).pathname)) return router(request)
    if (allowedHosts !== undefined && !allowedHosts.includes(hostNameOf(request))) {
      return plain(403, 'This router does not answer to that host name.')
    }
    const response = await files(request as ServerRequest, () => notServed(request.method))
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.headers.set(name, value)
    return response
  }
}

function hostNameOf(request: Request): string {
  const url = `http://${request.headers.get('host') ?? ''}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}

function notServed(method: string): Response {
  if (method === 'GET' || method === 'HEAD') return plain(404, 'There is no such page.')
  const response = plain(405, 'Pages take GET and HEAD only.')
  response.headers.set('allow', 'GET, HEAD')
  return response
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
