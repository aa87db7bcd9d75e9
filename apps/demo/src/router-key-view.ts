import { ServerKeyMismatchError, type SecureChatCompletion } from '@nomyo/client'
import { copyOnClick } from './copy-button.js'
import { byId } from './elements.js'
import type { RouterKeyState } from './guarantees.js'
import { KeyChangeView } from './key-change-view.js'
import { explain } from './plain-words.js'
import { moment } from './quantities.js'

/** What others do about the router's key. */
export interface RouterKeyActions {
  /** Whether the page was given the keys that it accepts. */
  readonly isPinned: boolean
  /** Called whenever something new is known of it. */
  readonly onKnown: (state: RouterKeyState) => void
  /** Called when the person has decided for a new key. */
  readonly onTrusted: () => void
}

/** The router's key in the page's header, and below it what to do when it has changed. */
export class RouterKeyView {
  readonly #client: SecureChatCompletion
  readonly #isPinned: boolean
  readonly #onKnown: (state: RouterKeyState) => void
  readonly #change: KeyChangeView
  readonly #state: HTMLElement = byId('router-key-state', HTMLElement)
  readonly #fingerprint: HTMLElement = byId('fingerprint', HTMLElement)
  readonly #copy: HTMLButtonElement = byId('copy-fingerprint', HTMLButtonElement)
  readonly #again: HTMLButtonElement = byId('ask-key-again', HTMLButtonElement)

  constructor(client: SecureChatCompletion, { isPinned, onKnown, onTrusted }: RouterKeyActions) {
    this.#client = client
    this.#isPinned = isPinned
    this.#onKnown = onKnown
    this.#change = new KeyChangeView({
      isPinned,
      trust: (fingerprint) => this.#trust(fingerprint),
      onTrusted,
    })
    copyOnClick(this.#copy, () => this.#fingerprint.textContent)
    this.#again.addEventListener('click', () => void this.refresh())
  }

  /** Asks for the key and shows it, or why there is none. */
  async refresh(): Promise<void> {
    this.#again.disabled = true
    try {
      const { fingerprint, firstSeen, pinned } = await this.#client.serverKey()
      this.#state.textContent = pinned
        ? 'Pinned: no other is accepted.'
        : `Trusted on first use, since ${moment(firstSeen)}.`
      this.#fingerprint.textContent = fingerprint
      this.#isKnown(true)
      this.#onKnown('known')
      this.#change.hide()
    } catch (error) {
      this.showFailure(error)
    }
    this.#again.disabled = false
  }

  /** Shows why the router's key cannot be used. */
  showFailure(error: unknown): void {
    this.#isKnown(false)
    if (ServerKeyMismatchError.isInstance(error)) {
      this.#state.textContent = this.#isPinned
        ? 'It is not the one that is pinned, so nothing is sent to it.'
        : 'It is not the one that you trust, so nothing is sent to it.'
      this.#change.show(error)
      this.#onKnown('changed')
      return
    }
    const { words, label } = explain(error)
    this.#state.textContent = `${words} (${label})`
    this.#onKnown('unusable')
  }

  /** Brings the two keys to the reader. */
  compare(): void {
    this.#change.focus()
  }

  async #trust(fingerprint: string): Promise<void> {
    await this.#client.trustServerKey(fingerprint)
    this.#change.hide()
    await this.refresh()
  }

  #isKnown(isKnown: boolean): void {
    this.#fingerprint.hidden = !isKnown
    this.#copy.hidden = !isKnown
    this.#again.hidden = isKnown
  }
}
