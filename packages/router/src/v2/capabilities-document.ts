/** What the router offers: the document, and its hash, which every answer names. */
import type { Bytes, PublicKey } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities } from '@nomyo/core/exchange'
import type { KeyRing } from '../key-ring.js'
import type { Version } from '../protocol.js'

/** What is offered. */
export interface Offered {
  readonly keyRing: KeyRing
  readonly versions: readonly Version[]
  readonly paths: readonly string[]
}

/** The document, made once for each set of keys. */
export class CapabilitiesDocument {
  readonly #offered: Offered
  #keys: readonly PublicKey[]
  #bytes: Bytes
  #hash: string | undefined

  constructor(offered: Offered) {
    this.#offered = offered
    this.#keys = offered.keyRing.publicKeys
    this.#bytes = this.#encode()
  }

  get bytes(): Bytes {
    const { publicKeys } = this.#offered.keyRing
    if (publicKeys !== this.#keys) {
      this.#keys = publicKeys
      this.#bytes = this.#encode()
      this.#hash = undefined
    }
    return this.#bytes
  }

  /** Kept as a value: Workers do not let one request wait for another's promise. */
  async hash(): Promise<string> {
    const { bytes } = this
    if (this.#hash !== undefined) return this.#hash
    const hash = await capabilitiesHash(bytes)
    // The keys may have been changed meanwhile.
    if (bytes === this.#bytes) this.#hash = hash
    return hash
  }

  #encode(): Bytes {
    const { versions, paths } = this.#offered
    return encodeCapabilities({ versions, keys: this.#keys, paths })
  }
}
