/** What went over the wire in this session. */
import type { ChatCompletion, OpenEvent, SealEvent } from '@nomyo/client'

/** One sealed request and what became of it. A call that was retried has several. */
export interface LoggedExchange {
  /** Which message of the session it carries, from 1. */
  readonly call: number
  /** From 1; each attempt is sealed afresh. */
  readonly attempt: number
  /** The JSON that was sealed. */
  readonly requestJson: string
  readonly sealed: SealEvent
  readonly opened: OpenEvent | undefined
  /** What `create` gave back. */
  readonly completion: ChatCompletion | undefined
  readonly state: 'waiting' | 'answered' | 'repeated' | 'failed'
}

/** Collects the client's events, one call at a time, and tells a listener of each change. */
export class ExchangeLog {
  readonly #exchanges: LoggedExchange[] = []
  readonly #onChange: () => void
  #call = 0
  #attempt = 0
  #requestJson = ''

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** All of them, oldest first. */
  get exchanges(): readonly LoggedExchange[] {
    return this.#exchanges
  }

  /** A call begins; `requestJson` is what it seals. Gives its number, from 1. */
  begin(requestJson: string): number {
    this.#attempt = 0
    this.#requestJson = requestJson
    return ++this.#call
  }

  /** For the client's `onSeal`. */
  seal(sealed: SealEvent): void {
    this.#settle('repeated')
    const { envelope } = sealed
    this.#exchanges.push({
      call: this.#call,
      attempt: ++this.#attempt,
      requestJson: this.#requestJson,
      // A copy: what is shown stays what left, whatever the sender does with its buffer.
      sealed: { ...sealed, envelope: envelope.slice() },
      opened: undefined,
      completion: undefined,
      state: 'waiting',
    })
    this.#onChange()
  }

  /** For the client's `onOpen`. */
  open(opened: OpenEvent): void {
    this.#update(opened.payloadID, { opened: { ...opened, envelope: opened.envelope.slice() } })
  }

  /** The call ended well. */
  answer(completion: ChatCompletion): void {
    this.#update(completion._metadata.payload_id, { completion, state: 'answered' })
  }

  /** The call ended otherwise. */
  fail(): void {
    if (this.#settle('failed')) this.#onChange()
  }

  #settle(state: LoggedExchange['state']): boolean {
    const last = this.#exchanges.at(-1)
    if (last?.state !== 'waiting') return false
    this.#exchanges[this.#exchanges.length - 1] = { ...last, state }
    return true
  }

  #update(payloadID: string, change: Partial<LoggedExchange>): void {
    const index = this.#exchanges.findIndex(({ sealed }) => sealed.payloadID === payloadID)
    const exchange = this.#exchanges[index]
    if (exchange === undefined) return
    this.#exchanges[index] = { ...exchange, ...change }
    this.#onChange()
  }
}
