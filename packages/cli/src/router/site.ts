/** The router and, on the same origin, the files of a page. */
import { isAllowedHost } from '@nomyo/router'
import { staticMiddleware } from 'srvx/static'
import type { ServerRequest } from 'srvx'
import { pathOf } from './target.js'

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

const ROUTER_PATHS = /^\/(?:pki|v1|v2)\/|^\/health$/

/** No page needs them, and whoever serves the wrong directory should not lose a key by it. */
const PRIVATE_FILES = /\.pem\b|known_routers\.json/iu

/**
 * `router` for its own paths, files of `directory` for all others, both only under the allowed host names and
 * never a key file.
 */
export function siteHandler(
  router: Handler,
  directory: string,
  allowedHosts: readonly string[] | undefined,
): Handler {
  const files = staticMiddleware({ dir: directory, dotfiles: false })
  return async (request) => {
    const path = pathOf(request) ?? ''
    if (ROUTER_PATHS.test(path)) return router(request)
    if (allowedHosts !== undefined && !isAllowedHost(request, allowedHosts)) {
      return plain(403, 'This router does not answer to that host name.')
    }
    const otherwise = (): Response => notServed(request.method)
    const response = isPrivate(path) ? otherwise() : await files(request as ServerRequest, otherwise)
    return withPageHeaders(response)
  }
}

/** `handler` for requests that name a host and make a URL; 400 for all others. HTTP/1.0 may leave the host out. */
export function answerable(handler: Handler): Handler {
  return async (request) => {
    if (request.headers.has('host') && pathOf(request) !== undefined) return handler(request)
    return plain(400, 'The Host header or the path of this request cannot be used.')
  }
}

/** Whether a path, as it is or decoded, leads to what belongs to a key store. */
function isPrivate(path: string): boolean {
  try {
    return PRIVATE_FILES.test(decodeURIComponent(path))
  } catch {
    return PRIVATE_FILES.test(path)
  }
}

function withPageHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.headers.set(name, value)
  return response
}

function notServed(method: string): Response {
  if (method === 'GET' || method === 'HEAD') return plain(404, 'There is no such page.')
  const response = plain(405, 'Pages take GET and HEAD only.')
  response.headers.set('allow', 'GET, HEAD')
  return response
}

function plain(status: number, text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  return withPageHeaders(new Response(`${text}\n`, { status, headers }))
}
