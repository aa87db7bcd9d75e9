import { InvalidRequest } from './invalid-request.js'

/**
 * Characters of JSON that all values of one answer, and the work for them, may take: a schema of a few lines
 * can ask for gigabytes.
 */
export class Budget {
  #left: number

  constructor(characters: number = 64 * 1024) {
    this.#left = characters
  }

  get isExhausted(): boolean {
    return this.#left < 0
  }

  /** @throws InvalidRequest when nothing is left. */
  spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0) throw new InvalidRequest('The JSON schema asks for too large a value.')
  }
}
