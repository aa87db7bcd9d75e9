/** Something that is fetched once for all callers that want it at the same time, and kept for a while. */
import { abortable } from '@nomyo/core/internal'
import { APITimeoutError, APIUserAbortError } from '../errors/api-error.js'

/** A fetch that is under way, and how many callers wait for it. */
interface Fetching<T> {
  readonly controller: AbortController
  readonly value: Promise<T>
  callers: number
}

/** What is fetched, and how. */
export interface SharedFetchSettings<T> {
  /** What it is, for the error when it does not come: `No … from the router within`. */
  readonly name: string
  /** ms for fetching it. */
  readonly timeout: number
  /** ms for which what was fetched is used without asking again. */
  readonly maxAge: (value: T) => number
  readonly fetch: (signal: AbortSignal) => Promise<T>
}

/**
 * The one fetch goes on when one of its callers gives up, and ends when the last one does, so that nobody else has
 * to wait for a request that stalls. It has a time limit of its own.
 */
export class SharedFetch<T extends object> {
  readonly #settings: SharedFetchSettings<T>
  #cached: { readonly value: T; readonly fetchedAt: number } | undefined
  #fetching: Fetching<T> | undefined
  /** Raised when all that was fetched is void. */
  #generation = 0

  constructor(settings: SharedFetchSettings<T>) {
    this.#settings = settings
  }

  /** What was fetched last, if it still counts. */
  get known(): T | undefined {
    return this.#cached?.value
  }

  /** What is kept, or else fetched. */
  async get(signal: AbortSignal): Promise<T> {
    const cached = this.#cached
    if (cached !== undefined && performance.now() - cached.fetchedAt < this.#settings.maxAge(cached.value)) {
      return cached.value
    }
    const generation = this.#generation
    const value = await this.#fetchOnce(signal)
    // What was trusted may have changed while it was on its way.
    return generation === this.#generation ? value : this.get(signal)
  }

  /** A fresh one, unless another call has renewed `stale` in the meantime. */
  async renew(stale: T, signal: AbortSignal): Promise<T> {
    if (this.#cached?.value === stale) this.forget()
    return this.get(signal)
  }

  /** Makes the next use fetch it again. */
  forget(): void {
    this.#generation++
    this.#cached = undefined
    this.#fetching = undefined
  }

  async #fetchOnce(signal: AbortSignal): Promise<T> {
    const fetching = (this.#fetching ??= this.#start())
    fetching.callers++
    try {
      return await abortable(fetching.value, signal)
    } finally {
      if (--fetching.callers === 0) this.#end(fetching)
    }
  }

  #start(): Fetching<T> {
    const controller = new AbortController()
    return { controller, callers: 0, value: this.#fetch(controller) }
  }

  #end(fetching: Fetching<T>): void {
    fetching.controller.abort(new APIUserAbortError())
    if (this.#fetching === fetching) this.#fetching = undefined
  }

  async #fetch(controller: AbortController): Promise<T> {
    const { name, timeout, fetch } = this.#settings
    const late = (): void =>
      controller.abort(new APITimeoutError(`No ${name} from the router within ${timeout} ms.`))
    const timer = setTimeout(late, timeout)
    const generation = this.#generation
    try {
      const value = await fetch(controller.signal)
      if (generation === this.#generation) this.#cached = { value, fetchedAt: performance.now() }
      return value
    } finally {
      clearTimeout(timer)
    }
  }
}
