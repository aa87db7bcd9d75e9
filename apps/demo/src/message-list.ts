/** The conversation as it is read. */
import { copyOnClick } from './copy-button.js'
import type { Written } from './conversation.js'
import { byId, make, makeButton } from './elements.js'
import { thumbnail } from './pictures/picture-tray.js'
import type { Explanation } from './plain-words.js'
import { safeMarkdown } from './safe-markdown.js'

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
  add(written: Written): Turn {
    this.#empty.hidden = true
    const turn = new Turn(written, (part) => this.#bringIntoView(part))
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
  readonly written: Written
  readonly element: HTMLElement
  readonly #onGrow: (part: HTMLElement) => void
  #answer: HTMLElement | undefined
  #arrived = ''
  #frame = 0

  constructor(written: Written, onGrow: (part: HTMLElement) => void) {
    this.written = written
    this.#onGrow = onGrow
    this.element = make('article', 'turn', bubbleOf(written))
  }

  /** Shows what has arrived of the answer, at most once for each picture that the screen shows. */
  grow(text: string): void {
    this.#arrived = text
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#show(this.#arrived)
    })
  }

  /** Shows the whole answer. */
  answer({ text, about, onShowWire }: ShownAnswer): void {
    const answer = this.#end(text)
    const copy = make('button', 'quiet', 'Copy answer')
    copy.type = 'button'
    copyOnClick(copy, () => text)
    answer.append(make('p', 'about', about, copy, makeButton('Show on the wire', 'quiet', onShowWire)))
    this.#onGrow(answer)
  }

  /** Says why there is none, or no more than has arrived. */
  fail({ words, detail, label }: Explanation, { onRetry, onCompare }: FailureActions): void {
    if (this.#arrived !== '') this.#end(this.#arrived).classList.add('broken')
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

  #show(text: string): HTMLElement {
    const isNew = this.#answer === undefined
    const answer = (this.#answer ??= answerBubble())
    answer.querySelector('.words')?.replaceChildren(safeMarkdown(text))
    if (isNew) this.#append(answer)
    else this.#onGrow(answer)
    return answer
  }

  #end(text: string): HTMLElement {
    cancelAnimationFrame(this.#frame)
    const answer = this.#show(text)
    answer.removeAttribute('aria-busy')
    answer.classList.remove('arriving')
    return answer
  }

  #append(element: HTMLElement): void {
    this.element.append(element)
    this.#onGrow(element)
  }
}

function bubbleOf({ text, pictures }: Written): HTMLElement {
  const bubble = make('div', 'bubble mine', make('p', 'author visually-hidden', 'You'))
  if (text !== '') bubble.append(make('p', 'words', text))
  if (pictures.length > 0) bubble.append(make('div', 'sent-pictures', ...pictures.map(thumbnail)))
  return bubble
}

function answerBubble(): HTMLElement {
  const words = make('div', 'words markdown')
  const bubble = make('div', 'bubble theirs arriving', make('p', 'author visually-hidden', 'Model'), words)
  // Read out when it is whole, not piece by piece.
  bubble.setAttribute('aria-busy', 'true')
  return bubble
}
