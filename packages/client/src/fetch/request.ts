/** From the arguments of `fetch` to a chat completion that can be sealed; everything else is refused here. */
import { parseJsonObject, PLAINTEXT_JSON, SecurityError, ValidationError, type JsonObject } from '@nomyo/core'

const PATHS = ['/v1/chat/completions', '/chat/completions']

/**
 * @throws SecurityError `cleartext_refused` for another router, another path or another method: none of them can
 * be encrypted over protocol 1.0, and nothing goes in clear.
 */
export function assertSealable(request: Request, baseURL: string): void {
  const { url, method } = request
  const [router, target] = [new URL(baseURL), new URL(url)]
  if (target.origin !== router.origin) {
    throw refused(`it goes to ${target.origin}, not to ${router.origin}`)
  }
  const known = PATHS.some((path) => target.pathname === router.pathname.replace(/\/$/, '') + path)
  if (!known) throw refused(`protocol 1.0 can encrypt POST …${PATHS[0]} only, not ${target.pathname}`)
  if (method !== 'POST') throw refused(`protocol 1.0 can encrypt POST only, not ${method}`)
  if (target.search !== '' || target.hash !== '') throw refused('its address has a query or a fragment')
}

/** The parameters in a request's body. @throws ValidationError if it is no JSON object. */
export async function paramsOf(request: Request): Promise<JsonObject> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  try {
    const params = parseJsonObject(bytes, PLAINTEXT_JSON)
    if (params === undefined) throw new ValidationError('The body must be a JSON object in UTF-8.')
    return params
  } finally {
    bytes.fill(0)
  }
}

function refused(reason: string): SecurityError {
  return new SecurityError(
    'cleartext_refused',
    `This request was not sent, neither sealed nor in clear: ${reason}.`,
  )
}
