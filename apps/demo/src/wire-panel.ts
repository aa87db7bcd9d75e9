/** The right half of the page: what went over the wire, one exchange at a time. */
import type { PreparedKey } from './client.js'
import { byId } from './elements.js'
import type { LoggedExchange } from './exchange-log.js'
import { milliseconds } from './quantities.js'
import { tabs } from './tabs.js'
import { WireSide } from './wire-side.js'

const REQUEST_WORDS = {
  text: 'The text',
  envelope: 'On the wire',
  recipient: 'the router',
  note:
    'In headers beside it, not sealed: the payload ID and your public key. ' +
    'Size and time can be seen as well.',
}
const ANSWER_WORDS = {
  text: 'The text',
  envelope: 'On the wire',
  recipient: 'your key',
  note: 'The text is what the client returns: the payload ID and the algorithm in _metadata are added here.',
}
const STATES: Readonly<Record<LoggedExchange['state'], string>> = {
  waiting: 'sent, no answer yet',
  answered: 'answered',
  repeated: 'no usable answer; sealed afresh and sent again',
  failed: 'no answer',
}

/** Shows the exchanges of a log. */
export class WirePanel {
  readonly #request: WireSide = new WireSide(byId('request-panel', HTMLElement), REQUEST_WORDS)
  readonly #answer: WireSide = new WireSide(byId('answer-panel', HTMLElement), ANSWER_WORDS)
  readonly #previous: HTMLButtonElement = byId('previous-exchange', HTMLButtonElement)
  readonly #next: HTMLButtonElement = byId('next-exchange', HTMLButtonElement)
  #exchanges: readonly LoggedExchange[] = []
  #shown = -1
  #key: PreparedKey | undefined

  constructor() {
    tabs(['request-tab', 'answer-tab'])
    this.#previous.addEventListener('click', () => this.#show(this.#shown - 1))
    this.#next.addEventListener('click', () => this.#show(this.#shown + 1))
  }

  /** Tells how this page came to the key pair in use. */
  set key(key: PreparedKey) {
    this.#key = key
    this.#show(this.#shown)
  }

  /** Shows what has happened since; a new exchange comes to the front. */
  update(exchanges: readonly LoggedExchange[]): void {
    const isNew = exchanges.length !== this.#exchanges.length
    this.#exchanges = [...exchanges]
    this.#show(isNew ? exchanges.length - 1 : this.#shown)
  }

  /** Brings the last exchange of a call to the front. */
  showCall(call: number): void {
    this.#show(this.#exchanges.map((exchange) => exchange.call).lastIndexOf(call))
    byId('wire-title', HTMLElement).scrollIntoView({ block: 'nearest' })
  }

  #show(index: number): void {
    const exchange = this.#exchanges[index]
    if (exchange === undefined) return
    this.#shown = index
    byId('no-exchanges', HTMLElement).hidden = true
    byId('exchange', HTMLElement).hidden = false
    this.#showPosition(index)
    this.#showSteps(exchange)
    const again = exchange.attempt === 1 ? '' : `, attempt ${exchange.attempt}`
    say('exchange-state', `Message ${exchange.call}${again}: ${STATES[exchange.state]}.`)
    say('payload-id', exchange.sealed.payloadID)
    this.#showSides(exchange)
  }

  #showPosition(index: number): void {
    const count = this.#exchanges.length
    byId('exchange-nav', HTMLElement).hidden = count < 2
    say('exchange-position', `${index + 1} of ${count}`)
    this.#previous.disabled = index === 0
    this.#next.disabled = index === count - 1
  }

  #showSteps({ sealed, opened }: LoggedExchange): void {
    say('key-step-name', `Key ${this.#key?.how ?? 'prepared'}, once`)
    say('key-step', duration(this.#key?.milliseconds))
    say('seal-step', duration(sealed.milliseconds))
    say('network-step', duration(opened?.networkMilliseconds))
    say('open-step', duration(opened?.milliseconds))
  }

  #showSides({ requestJson, sealed, opened, completion, state }: LoggedExchange): void {
    const { plaintextBytes: textBytes, envelope } = sealed
    this.#request.show({ text: indented(JSON.parse(requestJson)), textBytes, envelope })
    this.#answer.show(
      opened && {
        text: completion === undefined ? '' : indented(completion),
        textBytes: opened.plaintextBytes,
        envelope: opened.envelope,
      },
      state === 'waiting' ? 'The answer has not arrived yet.' : 'No sealed answer arrived for this request.',
    )
  }
}

function say(id: string, text: string): void {
  byId(id, HTMLElement).textContent = text
}

function duration(ms: number | undefined): string {
  return ms === undefined ? '–' : milliseconds(ms)
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
