/** Which web pages may use the router (Fetch standard, CORS protocol). */
import { Failure } from '../failure.js'
import { PAYLOAD_ID_HEADER, PUBLIC_KEY_HEADER, REQUEST_ID_HEADER, TIER_HEADER } from '../protocol.js'

const ALLOWED_HEADERS = ['authorization', 'content-type', PAYLOAD_ID_HEADER, PUBLIC_KEY_HEADER, TIER_HEADER]
const EXPOSED_HEADERS = ['retry-after', PAYLOAD_ID_HEADER, REQUEST_ID_HEADER]
/** Two hours: the most that Chromium remembers a preflight, in seconds. */
const MAX_AGE = 7200
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/

/** The origins whose pages may use the router; the router's own always may. */
export class Origins {
  readonly #allowed: ReadonlySet<string>

  /** @throws TypeError for an entry that no browser would send, such as one with a path. */
  constructor(allowed: readonly string[]) {
    if (!allowed.every(isOrigin)) {
      throw new TypeError('corsOrigins must hold exact origins such as https://app.example, or *.')
    }
    this.#allowed = new Set(allowed)
  }

  /**
   * The headers that let the page read the answer: none for a caller that is no page or is our own.
   * @throws Failure `origin_refused`.
   */
  admit(request: Request, host: string): Record<string, string> {
    const origin = request.headers.get('origin')
    if (origin === null || isSameOrigin(origin, host, request.url)) return {}
    const any = this.#allowed.has('*')
    if (!any && !this.#allowed.has(origin)) throw new Failure('origin_refused')
    return {
      'access-control-allow-origin': any ? '*' : origin,
      'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
    }
  }
}

/** Whether a request asks on behalf of a page what it may send. */
export function isPreflight(request: Request): boolean {
  const { headers } = request
  return request.method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}

/** The answer to a preflight whose origin is admitted. */
export function preflight(request: Request): Response {
  const headers = new Headers({
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
    'access-control-max-age': String(MAX_AGE),
  })
  if (request.headers.get('access-control-request-private-network') === 'true') {
    headers.set('access-control-allow-private-network', 'true')
  }
  return new Response(null, { status: 204, headers })
}

function isOrigin(entry: unknown): boolean {
  if (entry === '*') return true
  if (typeof entry !== 'string' || !ORIGIN.test(entry) || !URL.canParse(entry)) return false
  return !/^https?:/.test(entry) || new URL(entry).origin === entry
}

/** A page of http: is never the same as an https: router; the reverse is a router behind a TLS proxy. */
function isSameOrigin(origin: string, host: string, url: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  const page = new URL(origin)
  const own = `${page.protocol}//${host}`
  if (page.protocol === 'http:' && url.startsWith('https:')) return false
  return URL.canParse(own) && new URL(own).origin === origin
}
