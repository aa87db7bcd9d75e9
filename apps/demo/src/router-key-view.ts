import type { SecureChatCompletion } from '@nomyo/client'
import { copyOnClick } from './copy-button.js'
import { byId } from './elements.js'
import { explain } from './plain-words.js'
import { moment } from './quantities.js'

/** The router's key in the page's header. */
export class RouterKeyView {
  readonly #client: SecureChatCompletion
  readonly #state: HTMLElement = byId('router-key-state', HTMLElement)
  readonly #fingerprint: HTMLElement = byId('fingerprint', HTMLElement)
  readonly #copy: HTMLButtonElement = byId('copy-fingerprint', HTMLButtonElement)
  readonly #again: HTMLButtonElement = byId('ask-key-again', HTMLButtonElement)

  constructor(client: SecureChatCompletion) {
    this.#client = client
    copyOnClick(this.#copy, () => this.#fingerprint.textContent)
    this.#again.addEventListener('click', () => void this.refresh())
  }

  /** Asks for the key and shows it, or why there is none. */
  async refresh(): Promise<void> {
    this.#again.disabled = true
    try {
      const { fingerprint, firstSeen, pinned } = await this.#client.serverKey()
      this.#state.textContent = pinned ? 'Pinned.' : `Trusted on first use, since ${moment(firstSeen)}.`
      this.#fingerprint.textContent = fingerprint
      this.#isKnown(true)
      if (pinned) sayPinned()
    } catch (error) {
      const { words, label } = explain(error)
      this.#state.textContent = `${words} (${label})`
      this.#isKnown(false)
    }
    this.#again.disabled = false
  }

  #isKnown(isKnown: boolean): void {
    this.#fingerprint.hidden = !isKnown
    this.#copy.hidden = !isKnown
    this.#again.hidden = isKnown
  }
}

function sayPinned(): void {
  byId('trust-fact', HTMLElement).textContent = 'Router key pinned'
  byId('trust-title', HTMLElement).textContent = 'Pinned router key'
  byId('trust-words', HTMLElement).textContent =
    'Only the router key that this page was given in advance is accepted. With any other, nothing is sent.'
}
