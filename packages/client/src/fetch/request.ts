/** From the arguments of `fetch` to a chat completion that can be sealed; everything else is refused here. */
import { mayTravelInside } from '@nomyo/core/exchange'
import { cleartextRefused } from '../exchange/cleartext.js'
import { parseJsonObject, PLAINTEXT_JSON, ValidationError, type JsonObject } from '@nomyo/core'

/** What of a request decides whether it can be sealed. */
export interface Target {
  /** Upper case. */
  readonly method: string
  /** Origin form below the router's address, from `/v1/`. */
  readonly path: string
}

/**
 * Where in the API a request goes. A base address with and without `/v1` means the same.
 * @throws SecurityError `cleartext_refused` for another router: nothing goes there, and nothing goes in clear.
 */
export function targetOf(request: Pick<Request, 'url' | 'method'>, baseURL: string): Target {
  const [router, target] = [new URL(baseURL), new URL(request.url)]
  if (target.origin !== router.origin) {
    throw cleartextRefused(`it goes to ${target.origin}, not to ${router.origin}`)
  }
  const prefix = router.pathname.replace(/\/$/, '')
  if (!target.pathname.startsWith(`${prefix}/`))
    throw cleartextRefused(`it does not go to a path below ${prefix}`)
  if (target.hash !== '') throw cleartextRefused('its address has a fragment')
  const path = target.pathname.slice(prefix.length) + target.search
  return { method: request.method, path: path.startsWith('/v1/') ? path : `/v1${path}` }
}

/** Of the caller's headers, those that may travel inside the envelope. */
export function innerHeadersOf({ headers }: Request): Record<string, string> {
  const inner: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (name !== 'x-security-tier' && mayTravelInside(name)) inner[name] = value
  })
  return inner
}

/** The parameters in a request's body. @throws ValidationError if it is no JSON object. */
export function paramsOf(body: Uint8Array): JsonObject {
  const params = parseJsonObject(body, PLAINTEXT_JSON)
  if (params === undefined) throw new ValidationError('The body must be a JSON object in UTF-8.')
  return params
}
