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

  /** Everything noted, with the id and the milliseconds that have passed. */
  get fields(): LogFields {
    const milliseconds = Math.round(performance.now() - this.#startedAt)
    return { requestID: this.requestID, ...this.#fields, milliseconds }
  }
}
