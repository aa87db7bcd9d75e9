import { ValidationError, type Password } from '@nomyo/core'

/** The password of a store: asked for when it is first needed, and then kept. */
export class PasswordSource {
  readonly #given: Password
  #answer: Promise<string> | undefined
  #hasOpened = false

  /** @throws ValidationError for a password that is missing or empty. */
  constructor(password: Password | undefined) {
    if (password === undefined) {
      throw new ValidationError(
        'password is undefined: is the environment variable set? Leave it out to keep keys in clear.',
      )
    }
    if (typeof password !== 'function') assertPassword(password)
    this.#given = password
  }

  /** @throws ValidationError if the answer is no text or empty; what the function throws. */
  async get(): Promise<string> {
    if (typeof this.#given === 'string') return this.#given
    this.#answer ??= askFor(this.#given)
    try {
      return await this.#answer
    } catch (error) {
      this.#answer = undefined
      throw error
    }
  }

  /** A key was opened with it. */
  confirm(): void {
    this.#hasOpened = true
  }

  /** A key was not opened with it: unless another one was, it is asked for again. */
  reject(): void {
    if (!this.#hasOpened) this.#answer = undefined
  }
}

async function askFor(ask: () => string | Promise<string>): Promise<string> {
  const answer = await ask()
  assertPassword(answer)
  return answer
}

/** @throws ValidationError unless it is text that is not empty. */
function assertPassword(password: unknown): void {
  if (typeof password === 'string' && password !== '') return
  throw new ValidationError('The password must be a string that is not empty.')
}
