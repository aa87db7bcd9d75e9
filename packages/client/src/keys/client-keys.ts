import { KeyManager, type KeyEvent, type KeyInUse, type KeyPair, type KeyRecord } from '@nomyo/core'
import { callHook } from '../hooks.js'
import type { ResolvedOptions } from '../options/options.js'
import type { GivenKey } from './given-key.js'
import { logKeyEvent } from './key-log.js'

/** What may be said of our own key pair. */
export interface KeyInfo {
  /** Of the public key: `sha256/` and 44 characters of base64. */
  readonly fingerprint: string
  /** When it was made, in ms since 1970. */
  readonly createdAt: number
}

/** Our own key pair, and a line in the log for whatever happens to it. */
export class ClientKeys {
  readonly #manager: KeyManager
  readonly #options: Pick<ResolvedOptions, 'logger' | 'onKeyEvent'>

  constructor(options: Pick<ResolvedOptions, 'keyStore' | 'rotation' | 'logger' | 'onKeyEvent'>) {
    this.#options = options
    const { keyStore: store, rotation } = options
    this.#manager = new KeyManager({ store, rotation, onEvent: (event) => this.#tell(event) })
  }

  /** The key in use, if there is one by now. */
  get known(): KeyInUse | undefined {
    return this.#manager.known
  }

  /** The key in use. Generates one only if nothing is stored; a key that cannot be read is an error. */
  async current(): Promise<KeyPair> {
    return this.#manager.current()
  }

  /** @throws KeyStoreError `exists` if there is a readable key, or why the one there cannot be read. */
  async generate(): Promise<KeyInfo> {
    return infoOf(await this.#manager.generate())
  }

  /** @throws KeyStoreError `not_found` if none is stored, or why it cannot be read. */
  async load(): Promise<KeyInfo> {
    return infoOf(await this.#manager.load())
  }

  /** Uses a key pair without storing it. */
  async adopt({ pem, password, createdAt = Date.now() }: GivenKey): Promise<KeyInfo> {
    // Loaded when it is needed: few pages do this.
    const { importPrivateKeyPem, PBKDF2_ITERATIONS } = await import('@nomyo/core/pkcs8')
    const { keyPair, iterations } = await importPrivateKeyPem(pem, password === undefined ? {} : { password })
    if (iterations !== undefined && iterations < PBKDF2_ITERATIONS) {
      this.#options.logger.warn(
        `The key is encrypted with ${iterations} iterations of PBKDF2, so that its password is easier to guess: ` +
          `encrypt it anew, with ${PBKDF2_ITERATIONS}.`,
      )
    }
    return infoOf(await this.#manager.adopt({ keyPair, createdAt }))
  }

  /** Replaces the stored key. */
  async rotate(): Promise<KeyInfo> {
    return infoOf(await this.#manager.rotate())
  }

  #tell(event: KeyEvent): void {
    const { logger, onKeyEvent } = this.#options
    logKeyEvent(logger, event)
    callHook(onKeyEvent, event, logger)
  }
}

function infoOf({ keyPair, createdAt }: KeyRecord): KeyInfo {
  return { fingerprint: keyPair.publicKey.fingerprint, createdAt }
}
