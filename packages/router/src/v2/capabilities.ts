/** What the router offers: the document, and its hash, which every answer names. */
import type { Bytes } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities } from '@nomyo/core/exchange'
import { Failure } from '../failure.js'
import type { RouterConfig } from '../options.js'
import { CAPABILITIES_PATH } from '../protocol.js'
import type { Route } from '../routes/route.js'

/** The document, made once. */
export class CapabilitiesDocument {
  readonly bytes: Bytes
  #hash: string | undefined

  constructor({ keyRing, versions, paths }: Pick<RouterConfig, 'keyRing' | 'versions' | 'paths'>) {
    this.bytes = encodeCapabilities({ versions, keys: keyRing.publicKeys, paths })
  }

  /** Kept as a value: Workers do not let one request wait for another's promise. */
  async hash(): Promise<string> {
    this.#hash ??= await capabilitiesHash(this.bytes)
    return this.#hash
  }
}

/** The endpoint for it. Without 2.0 there is none, which tells clients to speak 1.0. */
export const capabilitiesRoute: Route = {
  path: CAPABILITIES_PATH,
  method: 'GET',
  handle: async ({ config }) => {
    if (!config.versions.includes('2.0')) throw new Failure('not_found')
    return new Response(config.capabilities.bytes, { headers: { 'content-type': 'application/json' } })
  },
}
