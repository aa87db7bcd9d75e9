/** What went over the wire in this session. */
import type { OpenEvent, SealEvent } from '@nomyo/client'
import type { ConversationRequest } from './conversation.js'

/** One sealed request and what became of it. A call that was retried has several. */
export interface LoggedExchange {
  /** Which message of the session it carries, from 1. */
  readonly call: number
  /** From 1; each attempt is sealed afresh. */
  readonly attempt: number
  /** What the person wrote. */
  readonly typed: string
  /** The JSON that was sealed. */
  readonly requestJson: string
  readonly sealed: SealEvent
  readonly opened: OpenEvent | undefined
  /** The chunks that the client gave, one on each line. */
  readonly answerJson: string | undefined
  /** The words in them. */
  readonly answerText: string | undefined
  readonly state: 'waiting' | 'answered' | 'repeated' | 'failed'
}

/** Collects the client's events, one call at a time, and tells a listener of each change. */
export class ExchangeLog {
  readonly #exchanges: LoggedExchange[] = []
  readonly #onChange: () => void
  #call = 0
  #attempt = 0
  #typed = ''
  #request: ConversationRequest | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** All of them, oldest first. */
  get exchanges(): readonly LoggedExchange[] {
    return this.#exchanges
  }

  /** A call begins; `typed` is what it carries, `requestJson` what it seals. Gives its number, from 1. */
  begin(typed: string, request: ConversationRequest): number {
    this.#attempt = 0
    this.#typed = typed
    this.#request = request
    return ++this.#call
  }

  /** For the client's `onSeal`. */
  seal(sealed: SealEvent): void {
    this.#settle('repeated')
    const { envelope } = sealed
    this.#exchanges.push({
      call: this.#call,
      attempt: ++this.#attempt,
      typed: this.#typed,
      requestJson: this.#sealedJson(sealed),
      // A copy: what is shown stays what left, whatever the sender does with its buffer.
      sealed: { ...sealed, envelope: envelope.slice() },
      opened: undefined,
      answerJson: undefined,
      answerText: undefined,
      state: 'waiting',
    })
    this.#onChange()
  }

  /** For the client's `onOpen`. */
  open(opened: OpenEvent): void {
    this.#update(opened.payloadID, { opened: { ...opened, envelope: opened.envelope.slice() } })
  }

  /** The call ended well. */
  answer(answerJson: string, answerText: string): void {
    const last = this.#exchanges.at(-1)
    if (last !== undefined) this.#update(last.sealed.payloadID, { answerJson, answerText, state: 'answered' })
  }

  /** The call ended otherwise. */
  fail(): void {
    if (this.#settle('failed')) this.#onChange()
  }

  /** Over 1.0 the client leaves `stream` out: its answers come whole. */
  #sealedJson({ protocol }: SealEvent): string {
    const request = protocol === '1.0' ? { ...this.#request, stream: undefined } : this.#request
    return JSON.stringify(request)
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
