import { generateKeyPair, KeyStoreError } from '@nomyo/core'
import type { KeyPair, KeyRecord, KeyStore } from '@nomyo/core'
import type { Logger } from '../options/logger.js'

/** The name under which stores keep the key in use. */
const CURRENT = 'current'

/** Our own key pair: loaded from the store, or generated if the store has none, once. */
export class ClientKeys {
  readonly #store: KeyStore
  readonly #logger: Logger
  #current: Promise<KeyPair> | undefined

  constructor(store: KeyStore, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** The key in use. Generates one only if nothing is stored; a key that cannot be read is an error. */
  current(): Promise<KeyPair> {
    return this.#once(async () => (await this.#load()) ?? this.#generate())
  }

  /**
   * Generates the key and saves it.
   * @throws KeyStoreError `exists` if there is a readable key, or why the one there cannot be read.
   */
  async generate(): Promise<KeyPair> {
    if ((await this.#store.load(CURRENT)) !== undefined) {
      throw new KeyStoreError('exists', 'There is a key already. Use loadKeys().')
    }
    return this.#once(() => this.#generate())
  }

  /**
   * Loads the stored key.
   * @throws KeyStoreError `not_found` if there is none, or why it cannot be read.
   */
  load(): Promise<KeyPair> {
    return this.#once(async () => {
      const stored = await this.#load()
      if (stored === undefined) throw new KeyStoreError('not_found', 'No key is stored. Use generateKeys().')
      return stored
    })
  }

  /** One run at a time, its result kept; after a failure the next caller tries again. */
  #once(make: () => Promise<KeyPair>): Promise<KeyPair> {
    this.#current ??= make().catch((error: unknown) => {
      this.#current = undefined
      throw error
    })
    return this.#current
  }

  async #load(): Promise<KeyPair | undefined> {
    return (await this.#store.load(CURRENT))?.keyPair
  }

  async #generate(): Promise<KeyPair> {
    this.#logger.info('Generating an RSA-4096 key pair.')
    const exportable = this.#store.needsExportableKeys ?? false
    const record: KeyRecord = { keyPair: await generateKeyPair({ exportable }), createdAt: Date.now() }
    try {
      await this.#store.save(CURRENT, record)
    } catch (error) {
      if (!KeyStoreError.isInstance(error) || error.code !== 'exists') throw error
      // Another process was faster: its key is the one.
    }
    // What the store gives back is not exportable, whatever it had to be to get there.
    return (await this.#load()) ?? record.keyPair
  }
}
