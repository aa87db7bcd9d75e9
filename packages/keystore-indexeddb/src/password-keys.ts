import { ValidationError, type Bytes, type Password } from '@nomyo/core'
import { checkPassword, MAX_PASSWORD_BYTES } from '@nomyo/core/pkcs8'
import { deriveWrappingKey } from './private-key-sealing.js'

/** The current key, the one before it, and one that is about to replace them. */
const MAX_DERIVED = 3

/** AES keys from a password that is asked for when it is first needed. */
export class PasswordKeys {
  readonly #source: Password
  #password: Promise<string> | undefined
  /** By salt and iterations: each takes a fifth of a second. */
  readonly #derived = new Map<string, Promise<CryptoKey>>()

  /** @throws ValidationError for a password that is none, or longer than 1,023 bytes of UTF-8. */
  constructor(source: Password) {
    if (typeof source !== 'function') checkPassword(source, MAX_PASSWORD_BYTES)
    this.#source = source
  }

  /**
   * The AES-256 key that the password gives with this salt and so many iterations.
   * @throws ValidationError for a password that is none; what the function that asks for it throws.
   */
  async derive(salt: Bytes, iterations: number): Promise<CryptoKey> {
    const id = `${iterations}:${salt.join()}`
    const known = this.#derived.get(id)
    if (known !== undefined) return known
    const [oldest] = this.#derived.keys()
    if (this.#derived.size >= MAX_DERIVED) this.#derived.delete(oldest!)
    const derived = this.#derive(salt, iterations)
    this.#derived.set(id, derived)
    derived.catch(() => this.#derived.delete(id))
    return derived
  }

  /** Asks anew when it is needed next: this one was wrong. */
  forget(): void {
    this.#password = undefined
    this.#derived.clear()
  }

  async #derive(salt: Bytes, iterations: number): Promise<CryptoKey> {
    const bytes = new TextEncoder().encode(await this.#ask())
    try {
      return await deriveWrappingKey(bytes, salt, iterations)
    } finally {
      bytes.fill(0)
    }
  }

  #ask(): Promise<string> {
    if (this.#password !== undefined) return this.#password
    const source = this.#source
    const password = (async () => (typeof source === 'function' ? source() : source))().then((text) => {
      checkPassword(text, MAX_PASSWORD_BYTES)
      return text
    })
    password.catch(() => {
      if (this.#password === password) this.#password = undefined
    })
    return (this.#password = password)
  }
}

/** @throws ValidationError if a password is given that is undefined, as one is that was forgotten. */
export function passwordKeysOf(options: { readonly password?: Password }): PasswordKeys | undefined {
  if (!('password' in options)) return undefined
  if (options.password === undefined) {
    throw new ValidationError('password is undefined: leave it out to keep keys without one.')
  }
  return new PasswordKeys(options.password)
}
