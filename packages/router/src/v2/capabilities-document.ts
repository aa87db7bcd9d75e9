/** What the router offers: the document, and its hash, which every answer names. */
import type { Bytes } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities } from '@nomyo/core/exchange'
import type { KeyRing } from '../key-ring.js'
import type { Version } from '../protocol.js'

/** What is offered. */
export interface Offered {
  readonly keyRing: KeyRing
  readonly versions: readonly Version[]
  readonly paths: readonly string[]
}

/** The document, made once. */
export class CapabilitiesDocument {
  readonly bytes: Bytes
  #hash: string | undefined

  constructor({ keyRing, versions, paths }: Offered) {
    this.bytes = encodeCapabilities({ versions, keys: keyRing.publicKeys, paths })
  }

  /** Kept as a value: Workers do not let one request wait for another's promise. */
  async hash(): Promise<string> {
    this.#hash ??= await capabilitiesHash(this.bytes)
    return this.#hash
  }
}
