/** The right half of the page: what went over the wire, one exchange at a time. */
import type { PreparedKey } from './client.js'
import { byId } from './elements.js'
import type { LoggedExchange } from './exchange-log.js'
import { milliseconds } from './quantities.js'
import { readingOf, type Reading } from './reading.js'
import { tabs } from './tabs.js'
import { showTimeline, type Step } from './timeline.js'
import { WireSide } from './wire-side.js'

const REQUEST_WORDS = {
  text: 'What you typed, as a request',
  envelope: 'On the wire',
  recipient: 'the router',
  note:
    'In headers beside it, not sealed: the payload ID, the tier and, over 1.0, your public key. ' +
    'Size and time can be seen as well.',
}
const ANSWER_WORDS = {
  text: 'What was opened from it',
  envelope: 'On the wire',
  recipient: 'your key',
  note: 'The text is what the client returns: the payload ID and the algorithm in _metadata are added here.',
}
const NOTHING_READ: Reading = { words: 'No answer says what the router opened.', state: 'unknown' }
const STATES: Readonly<Record<LoggedExchange['state'], string>> = {
  waiting: 'sent, no answer yet',
  answered: 'answered',
  repeated: 'no usable answer; sealed afresh and sent again',
  failed: 'no answer',
}

/** Characters from which on a picture is cut, and what is left of it. */
const MUCH = 256
const SOME = 64

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
    void this.#showReading(exchange)
  }

  #showPosition(index: number): void {
    const count = this.#exchanges.length
    byId('exchange-nav', HTMLElement).hidden = count < 2
    say('exchange-position', `${index + 1} of ${count}`)
    this.#previous.disabled = index === 0
    this.#next.disabled = index === count - 1
  }

  #showSteps({ sealed, opened }: LoggedExchange): void {
    // Over 2.0 there is no key of one's own to wait for.
    const key = sealed.protocol === '1.0' ? this.#key : undefined
    say('key-step-name', sealed.protocol === '2.0' ? 'Own key' : `Key ${key?.how ?? 'prepared'}, once`)
    say('key-step', sealed.protocol === '2.0' ? 'none needed' : duration(key?.milliseconds))
    say('seal-step', duration(sealed.milliseconds))
    say('network-step', duration(opened?.networkMilliseconds))
    say('open-step', duration(opened?.milliseconds))
    const steps: readonly (readonly [Step['kind'], string, number | undefined])[] = [
      ['key', 'key', key?.milliseconds],
      ['seal', 'seal', sealed.milliseconds],
      ['network', 'network and router', opened?.networkMilliseconds],
      ['open', 'open', opened?.milliseconds],
    ]
    showTimeline(
      byId('timeline', HTMLElement),
      steps.flatMap(([kind, name, took]) => (took === undefined ? [] : [{ kind, name, milliseconds: took }])),
    )
  }

  /** From the answer, once it is there. */
  async #showReading(exchange: LoggedExchange): Promise<void> {
    const { typed, answerText } = exchange
    const isAnswered = answerText !== undefined
    const { words, state } = isAnswered ? await readingOf(typed, answerText) : NOTHING_READ
    if (this.#exchanges[this.#shown] !== exchange) return // another one came to the front meanwhile
    say('reading', words)
    byId('reading', HTMLElement).dataset['state'] = state
  }

  #showSides({ requestJson, sealed, opened, answerJson, state }: LoggedExchange): void {
    const { plaintextBytes: textBytes, envelope } = sealed
    this.#request.show({
      text: indented(JSON.parse(requestJson)),
      textBytes,
      envelope,
      envelopeBytes: envelope.length,
    })
    this.#answer.show(
      opened && {
        text: answerJson ?? '',
        textBytes: opened.plaintextBytes,
        envelope: opened.envelope,
        envelopeBytes: opened.envelopeBytes,
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

/** A picture is not to be read here, but seen; its base64 is longer than all else. */
function indented(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => withoutPicture(part), 2)
}

function withoutPicture(part: unknown): unknown {
  if (typeof part !== 'string' || part.length <= MUCH || !part.startsWith('data:image/')) return part
  return `${part.slice(0, SOME)}…${part.length - SOME} more characters`
}
