import { CAPABILITIES_PATH } from '@nomyo/core/exchange'
import { Failure } from '../failure.js'
import type { Route } from '../routes/route.js'

/** The endpoint for the document. Without 2.0 there is none, which tells clients to speak 1.0. */
export const capabilitiesRoute: Route = {
  path: CAPABILITIES_PATH,
  method: 'GET',
  handle: async ({ config }) => {
    if (!config.versions.includes('2.0')) throw new Failure('not_found')
    return new Response(config.capabilities.bytes, { headers: { 'content-type': 'application/json' } })
  },
}
