import { Failure } from '../failure.js'
import type { LogFields } from '../logger.js'
import type { RouterConfig } from '../options.js'

/** One request on its way through the router. */
export class Call {
  readonly config: RouterConfig
  readonly request: Request
  /** A fresh UUID, sent back as `X-Request-ID` and in every log line. */
  readonly requestID: string = crypto.randomUUID()
  readonly #startedAt = performance.now()
  #fields: LogFields = {}

  constructor(config: RouterConfig, request: Request) {
    this.config = config
    this.request = request
  }

  /** Adds fields to the request's log line: numbers, ids, our own words. */
  note(fields: LogFields): void {
    this.#fields = { ...this.#fields, ...fields }
  }

  /** The failure that an error stands for; of one that is none of ours the class is noted. */
  failureOf(error: unknown): Failure {
    if (error instanceof Failure) return error
    // A message may quote what must not be logged; the class alone cannot.
    this.note({ error: error instanceof Error ? error.constructor.name : typeof error })
    return new Failure('internal')
  }

  /** Everything noted, with the id and the milliseconds that have passed. */
  get fields(): LogFields {
    const milliseconds = Math.round(performance.now() - this.#startedAt)
    return { requestID: this.requestID, ...this.#fields, milliseconds }
  }
}
