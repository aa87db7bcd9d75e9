import { ValidationError, type KeyStoreWarning, type KeyStoreWarningCode } from '@nomyo/core'

const ADVICE = 'They are gone when the page is closed.'

/** Tells each thing once. */
export class Warnings {
  readonly #tell: (warning: KeyStoreWarning) => void
  readonly #told = new Set<KeyStoreWarningCode>()

  /** @throws ValidationError for what is not a function. */
  constructor(tell: (warning: KeyStoreWarning) => void = tellConsole) {
    if (typeof tell !== 'function') throw new ValidationError('onWarning must be a function.')
    this.#tell = tell
  }

  /** Nothing can be stored at all. */
  storageUnavailable(database: string): void {
    this.#warn(
      'storage_unavailable',
      `The database ${JSON.stringify(database)} could not be opened, as in some private windows or where ` +
        `storage is blocked: keys and what is known of routers are kept in memory. ${ADVICE}`,
    )
  }

  /** Data can be stored, CryptoKeys cannot. */
  keysNotKept(): void {
    this.#warn(
      'keys_not_kept',
      `This browser does not store CryptoKeys: keys are kept in memory. ${ADVICE} With a password they ` +
        'can be stored.',
    )
  }

  /** There is a password, and a key that was saved without one. */
  unencryptedKey(what: string): void {
    this.#warn(
      'unencrypted_key',
      `${what} is stored without a password, though this store has one: it was saved before. To encrypt it, ` +
        'replace it by a new one.',
    )
  }

  /** There is a key that was saved with a weaker password hash than is used now. */
  weakEncryption(what: string, iterations: number): void {
    this.#warn(
      'weak_key_encryption',
      `${what} is encrypted weakly (iterations of PBKDF2: ${iterations}): whoever copies it can guess its ` +
        'password faster. Replace it by a new one.',
    )
  }

  #warn(code: KeyStoreWarningCode, message: string): void {
    if (this.#told.has(code)) return
    this.#told.add(code)
    this.#tell({ code, message })
  }
}

function tellConsole({ message }: KeyStoreWarning): void {
  globalThis.console.warn(message)
}
