import { KeyStoreError } from '../errors.js'
import { assertReplaceable } from './replaceable.js'
import type { KeyRecord, KeyStore, RouterTrust, SaveOptions, SetOptions, TrustStore } from './keystore.js'

/** A store that forgets everything when the process ends or the page is closed. */
export function memoryKeyStore(): KeyStore & TrustStore {
  return new MemoryKeyStore()
}

class MemoryKeyStore implements KeyStore, TrustStore {
  readonly volatile = true
  readonly #keys = new Map<string, KeyRecord>()
  readonly #routers = new Map<string, RouterTrust>()

  async load(name: string): Promise<KeyRecord | undefined> {
    return this.#keys.get(name)
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    const stored = this.#keys.get(name)
    assertReplaceable(stored?.keyPair.publicKey.fingerprint, `A key named ${JSON.stringify(name)}`, options)
    if (stored !== undefined && options.keepAs !== undefined) this.#keys.set(options.keepAs, stored)
    this.#keys.set(name, record)
  }

  async delete(name: string): Promise<void> {
    this.#keys.delete(name)
  }

  async list(): Promise<readonly string[]> {
    return [...this.#keys.keys()]
  }

  async get(baseURL: string): Promise<RouterTrust | undefined> {
    return this.#routers.get(baseURL)
  }

  async set(baseURL: string, trust: RouterTrust, options: SetOptions = {}): Promise<void> {
    if (options.onlyIfUnknown && this.#routers.has(baseURL)) {
      throw new KeyStoreError('exists', `${baseURL} is known already.`)
    }
    this.#routers.set(baseURL, trust)
  }
}
