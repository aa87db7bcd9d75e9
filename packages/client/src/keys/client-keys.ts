import { KeyStoreError, loadOrGenerate, type KeyPair, type KeyStore } from '@nomyo/core'
import type { Logger } from '../options/logger.js'

/** The name under which stores keep the key in use. */
const CURRENT = 'current'

/** Our own key pair: loaded from the store, or generated if the store has none, once. */
export class ClientKeys {
  readonly #store: KeyStore
  readonly #logger: Logger
  /** The key in use, once it is known. */
  #current: Promise<KeyPair> | undefined
  /** A generation that is under way. */
  #generating: Promise<KeyPair> | undefined

  constructor(store: KeyStore, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** The key in use. Generates one only if nothing is stored; a key that cannot be read is an error. */
  current(): Promise<KeyPair> {
    this.#current ??= this.#loadOrGenerate().catch((error: unknown) => {
      this.#current = undefined // the next caller tries again
      throw error
    })
    return this.#current
  }

  /**
   * Generates the key and saves it.
   * @throws KeyStoreError `exists` if there is a readable key, or why the one there cannot be read.
   */
  async generate(): Promise<void> {
    if ((await this.#store.load(CURRENT)) !== undefined) {
      throw new KeyStoreError('exists', 'There is a key already. Use loadKeys().')
    }
    this.#current = undefined // whatever was in use is stored no more
    await this.current()
  }

  /**
   * Loads the stored key, also in place of one that is in use.
   * @throws KeyStoreError `not_found` if there is none, or why it cannot be read.
   */
  async load(): Promise<void> {
    const stored = await this.#store.load(CURRENT)
    if (stored === undefined) throw new KeyStoreError('not_found', 'No key is stored. Use generateKeys().')
    this.#current = Promise.resolve(stored.keyPair)
  }

  /** One run at a time, so that two callers do not generate two keys. */
  #loadOrGenerate(): Promise<KeyPair> {
    const onGenerate = (): void => this.#logger.info('Generating an RSA-4096 key pair.')
    this.#generating ??= loadOrGenerate(this.#store, CURRENT, { onGenerate }).finally(() => {
      this.#generating = undefined
    })
    return this.#generating
  }
}
