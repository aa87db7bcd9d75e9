/** The conversation as it is read. */
import { byId, make, makeButton } from './elements.js'
import type { Explanation } from './plain-words.js'

/** Pixels left above what is scrolled to. */
const MARGIN = 12

/** What an answer looks like in the list. */
export interface ShownAnswer {
  readonly text: string
  /** Which model, how long it took. */
  readonly about: string
  /** Brings its envelopes to the front. */
  readonly onShowWire: () => void
}

/** What can be done about a message that failed. */
export interface FailureActions {
  readonly onRetry: () => void
  /** Only for a router key that has changed. */
  readonly onCompare: (() => void) | undefined
}

/** The list of messages. */
export class MessageList {
  readonly #list: HTMLElement = byId('messages', HTMLElement)
  readonly #empty: HTMLElement = byId('no-messages', HTMLElement)

  /** Adds what the person wrote. */
  add(text: string): Turn {
    this.#empty.hidden = true
    const turn = new Turn(text, (part) => this.#bringIntoView(part))
    this.#list.append(turn.element)
    this.#bringIntoView(turn.element)
    return turn
  }

  /** Whether failed messages may be sent again: not while another one is on its way. */
  set mayRetry(mayRetry: boolean) {
    for (const button of this.#list.querySelectorAll<HTMLButtonElement>('.retry')) button.disabled = !mayRetry
  }

  /** Puts the cursor on the last message's "Retry", if it failed; gives whether it did. */
  focusRetry(): boolean {
    const button = this.#list.querySelector<HTMLButtonElement>('.turn:last-child .retry')
    button?.focus()
    return button !== null && document.activeElement === button
  }

  /** Scrolls the list, and only the list, to the end, or to the beginning of what is longer than the list. */
  #bringIntoView(part: HTMLElement): void {
    const { scrollHeight, clientHeight } = this.#list
    this.#list.scrollTop = Math.min(part.offsetTop - MARGIN, scrollHeight - clientHeight)
  }
}

/** A message and what came of it. */
export class Turn {
  readonly text: string
  readonly element: HTMLElement
  readonly #onGrow: (part: HTMLElement) => void

  constructor(text: string, onGrow: (part: HTMLElement) => void) {
    this.text = text
    this.#onGrow = onGrow
    this.element = make('article', 'turn', bubble('mine', 'You', text))
  }

  /** Adds the answer. */
  answer({ text, about, onShowWire }: ShownAnswer): void {
    const answer = bubble('theirs', 'Model', text)
    answer.append(make('p', 'about', about, makeButton('Show on the wire', 'quiet', onShowWire)))
    this.#append(answer)
  }

  /** Says why there is none. */
  fail({ words, detail, label }: Explanation, { onRetry, onCompare }: FailureActions): void {
    const failure = make('div', 'bubble failure', make('p', 'words', words))
    if (detail !== undefined) failure.append(make('p', 'detail', detail))
    const about = make('p', 'about', make('code', '', label), makeButton('Retry', 'retry', onRetry))
    if (onCompare !== undefined) about.append(makeButton('Compare the keys', '', onCompare))
    failure.append(about)
    this.#append(failure)
  }

  /** Takes both out of the list. */
  remove(): void {
    this.element.remove()
  }

  #append(element: HTMLElement): void {
    this.element.append(element)
    this.#onGrow(element)
  }
}

function bubble(className: string, author: string, text: string): HTMLElement {
  return make(
    'div',
    `bubble ${className}`,
    make('p', 'author visually-hidden', author),
    make('p', 'words', text),
  )
}
