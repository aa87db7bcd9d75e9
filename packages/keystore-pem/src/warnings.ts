/** What a store says of the keys in a directory, each once, so that a loop does not fill the log. */
import process from 'node:process'
import { ValidationError, type KeyStoreWarning, type KeyStoreWarningCode } from '@nomyo/core'
import { isWindows } from './files/permissions.js'

type OnWarning = (warning: KeyStoreWarning) => void

/** What was told already, by whom it was told to. */
const given = new WeakMap<OnWarning, Set<string>>()

/** The warnings about one directory. Each is given once, however many stores of it share a listener. */
export class Warnings {
  readonly #directory: string
  readonly #onWarning: OnWarning

  /** @throws ValidationError for a listener that is no function. */
  constructor(directory: string, onWarning: OnWarning = emitWarning) {
    if (typeof onWarning !== 'function') throw new ValidationError('onWarning must be a function.')
    this.#directory = directory
    this.#onWarning = onWarning
  }

  /** A private key was saved or found in clear. */
  unencrypted(hasPassword: boolean): void {
    const advice = hasPassword
      ? 'The password does not protect it: `nomyo keys encrypt` encrypts it.'
      : `To encrypt it: nomyo keys encrypt --key-dir "${this.#directory}". Then give the store the password ` +
        '(nomyo router: NOMYO_KEY_PASSWORD).'
    this.#warn(
      'unencrypted_key',
      `The private key in ${this.#directory} is stored without a password: whoever reads the file or a backup ` +
        `of it has the key. ${advice}`,
    )
  }

  /** A private key was found whose password is easier to guess than that of one that is written here. */
  weaklyEncrypted(): void {
    this.#warn(
      'weak_key_encryption',
      `The private key in ${this.#directory} is encrypted so weakly that its password is easy to guess for ` +
        'whoever has the file. `nomyo keys encrypt` encrypts it anew.',
    )
  }

  /** Nothing, where file modes say who can read a file. */
  modesUnchecked(): void {
    if (!isWindows) return
    const directory = this.#directory
    this.#warn(
      'key_modes_unchecked',
      `File modes say nothing on Windows, so it is not known who can read the keys in ${directory}. ` +
        `To keep others out: icacls "${directory}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F"`,
    )
  }

  #warn(code: KeyStoreWarningCode, message: string): void {
    const told = given.get(this.#onWarning) ?? new Set()
    given.set(this.#onWarning, told)
    const key = `${code} ${this.#directory}`
    if (told.has(key)) return
    told.add(key)
    this.#onWarning({ code, message })
  }
}

function emitWarning({ code, message }: KeyStoreWarning): void {
  process.emitWarning(message, { type: 'NomyoWarning', code: `NOMYO_${code.toUpperCase()}` })
}
