/** Waiting that ends: by a time limit, or because somebody gave up. */

/** Aborts its signal after a time, or with another signal. Call `clear` when the work is done. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #parent: AbortSignal
  readonly #timer: ReturnType<typeof setTimeout>
  #expired = false

  /** @param ms - milliseconds from now. */
  constructor(ms: number, parent: AbortSignal) {
    this.#parent = parent
    this.#timer = setTimeout(() => {
      this.#expired = true
      this.#controller.abort(new DOMException('The time limit has passed.', 'TimeoutError'))
    }, ms)
    if (parent.aborted) this.#follow()
    else parent.addEventListener('abort', this.#follow)
  }

  /** Aborts with whichever comes first. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it was the time limit. */
  get expired(): boolean {
    return this.#expired
  }

  /** Ends it now: nobody waits for the work any more. */
  abort(): void {
    this.#controller.abort(new DOMException('Nobody waits for it.', 'AbortError'))
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#parent.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent.reason)
}
