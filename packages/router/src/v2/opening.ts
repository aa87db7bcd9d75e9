import { Failure } from '../failure.js'

/** Seconds after which a client may ask again. */
const RETRY_AFTER = '1'

/** How many requests may be in RSA, or wait for it, at once: the engine does them one after the other. */
export class OpeningQueue {
  readonly #limit: number
  #count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws Failure `busy` if there are too many. */
  async run<T>(open: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#limit) throw new Failure('busy', { 'retry-after': RETRY_AFTER })
    this.#count++
    try {
      return await open()
    } finally {
      this.#count--
    }
  }
}
