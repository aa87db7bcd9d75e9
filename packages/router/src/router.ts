/** The handler: which requests are admitted at all, which endpoint answers, and what every answer carries. */
import { hostOf } from './access/hosts.js'
import { isPreflight, preflight } from './access/origins.js'
import { Failure } from './failure.js'
import { plainFailure } from './http/responses.js'
import { resolveOptions, type RouterConfig, type RouterOptions } from './options.js'
import { REQUEST_ID_HEADER } from './protocol.js'
import { Call } from './routes/call.js'
import { healthRoute, publicKeyRoute } from './routes/plain.js'
import type { Route } from './routes/route.js'
import { secureCompletionRoute } from './v1/secure-completion.js'
import { capabilitiesRoute } from './v2/capabilities.js'
import { secureExchangeRoute } from './v2/secure-exchange.js'

/** Answers one request. Never rejects. */
export type RouterHandler = (request: Request) => Promise<Response>

const ROUTES: readonly Route[] = [
  publicKeyRoute,
  capabilitiesRoute,
  secureCompletionRoute,
  secureExchangeRoute,
  healthRoute,
]

/**
 * Makes a router: the server's side of the NOMYO envelope, as a handler for any runtime with Request,
 * Response and WebCrypto. It opens requests, asks the backend and seals the answers; it listens nowhere
 * and reads no files. Over 1.0 failures are plain `{"detail"}` in its own words, never the backend's; over 2.0 those of
 * an opened request are sealed.
 * @throws TypeError for options that make no sense; nothing of a secret is quoted.
 */
export function createRouter(options: RouterOptions): RouterHandler {
  const config = resolveOptions(options)
  return (request) => answer(new Call(config, request))
}

async function answer(call: Call): Promise<Response> {
  let pageHeaders: Readonly<Record<string, string>> = {}
  let response: Response
  try {
    const host = admitHost(call)
    pageHeaders = call.config.origins.admit(call.request, host)
    response = isPreflight(call.request) ? preflight(call.request) : await route(call)
  } catch (error) {
    response = plainFailure(noted(call, error))
  }
  const { headers } = response
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value)
  headers.append('vary', 'origin')
  headers.set('cache-control', 'no-store')
  headers.set('x-content-type-options', 'nosniff')
  headers.set(REQUEST_ID_HEADER, call.requestID)
  log(call, response.status)
  return call.request.method === 'HEAD' ? new Response(null, response) : response
}

function admitHost({ config, request }: Call): string {
  const host = hostOf(request)
  if (config.hosts !== undefined && !config.hosts.includes(host)) throw new Failure('host_refused')
  return host
}

function route(call: Call): Promise<Response> {
  const { pathname } = new URL(call.request.url)
  const found = ROUTES.find(({ path }) => path === pathname)
  if (found === undefined) throw new Failure('not_found')
  call.note({ path: found.path })
  const allow = found.method === 'GET' ? ['GET', 'HEAD'] : [found.method]
  if (!allow.includes(call.request.method))
    throw new Failure('method_not_allowed', { allow: allow.join(', ') })
  return found.handle(call)
}

function noted(call: Call, error: unknown): Failure {
  const failure = call.failureOf(error)
  call.note({ failure: failure.code })
  return failure
}

function log(call: Call, status: number): void {
  const { logger }: RouterConfig = call.config
  const fields = { ...call.fields, status }
  if (status >= 500) logger.error('request failed', fields)
  else if (status >= 400) logger.warn('request refused', fields)
  else logger.info('request answered', fields)
}
