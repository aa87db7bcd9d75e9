/** The endpoints that hold nothing secret and need no API key. */
import { json } from '../http/responses.js'
import { HEALTH_PATH, PUBLIC_KEY_PATH } from '../protocol.js'
import type { Route } from './route.js'

/** The current public key, SPKI PEM text. */
export const publicKeyRoute: Route = {
  path: PUBLIC_KEY_PATH,
  method: 'GET',
  handle: async ({ config }) =>
    new Response(config.keyRing.current.pem, { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
}

/** Says that the router runs; says nothing of its backend. */
export const healthRoute: Route = {
  path: HEALTH_PATH,
  method: 'GET',
  handle: async ({ config }) => json({ status: 'ok', versions: config.versions }),
}
