import { KeyStoreError } from '../errors.js'
import type { KeyRecord, KeyStore, RouterTrust, SaveOptions, TrustStore } from './keystore.js'

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
    if (this.#keys.has(name) && !options.replace) {
      throw new KeyStoreError('exists', `There is a key named ${JSON.stringify(name)} in memory already.`)
    }
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

  async set(baseURL: string, trust: RouterTrust): Promise<void> {
    this.#routers.set(baseURL, trust)
  }
}
