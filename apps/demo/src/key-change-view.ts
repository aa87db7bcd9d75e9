import type { ServerKeyMismatchError } from '@nomyo/client'
import { copyOnClick } from './copy-button.js'
import { byId } from './elements.js'
import { explain } from './plain-words.js'

/** What a person can decide about a changed router key. */
export interface KeyChangeActions {
  /** Whether keys are pinned: then nothing on the page puts another one in their place. */
  readonly isPinned: boolean
  /** Trusts that key from now on, and looks which one the router shows. */
  readonly trust: (fingerprint: string) => Promise<void>
  /** Called after that: the panel, which had the focus, is gone. */
  readonly onTrusted: () => void
}

/** The panel for a router that shows another key than the trusted one: compare, ask, and only then go on. */
export class KeyChangeView {
  readonly #actions: KeyChangeActions
  readonly #panel: HTMLElement = byId('key-change', HTMLElement)
  readonly #expected: HTMLElement = byId('expected-key', HTMLElement)
  readonly #received: HTMLElement = byId('received-key', HTMLElement)
  readonly #dialog: HTMLDialogElement = byId('trust-dialog', HTMLDialogElement)
  readonly #asked: HTMLElement = byId('asked-key', HTMLElement)
  readonly #failure: HTMLElement = byId('trust-failure', HTMLElement)

  constructor(actions: KeyChangeActions) {
    this.#actions = actions
    if (actions.isPinned) sayPinned()
    copyOnClick(byId('copy-received-key', HTMLButtonElement), () => this.#received.textContent)
    byId('trust-new-key', HTMLButtonElement).addEventListener('click', () => this.#ask())
    byId('cancel-trust', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
    byId('confirm-trust', HTMLButtonElement).addEventListener('click', () => void this.#trust())
  }

  /** Shows both keys. */
  show({ expected, received }: ServerKeyMismatchError): void {
    this.#expected.textContent = expected.join('\n')
    this.#received.textContent = received
    this.#panel.hidden = false
  }

  /** Brings the panel to the reader. */
  focus(): void {
    byId('key-change-title', HTMLElement).focus()
    this.#panel.scrollIntoView({ block: 'start' })
  }

  /** The router shows the trusted key, as far as is known. */
  hide(): void {
    this.#dialog.close()
    this.#panel.hidden = true
  }

  #ask(): void {
    // Kept in the question: the answer is about this key, whatever the router shows meanwhile.
    this.#asked.textContent = this.#received.textContent
    this.#failure.textContent = ''
    this.#dialog.showModal()
  }

  async #trust(): Promise<void> {
    try {
      await this.#actions.trust(this.#asked.textContent)
    } catch (error) {
      const { words, label } = explain(error)
      this.#failure.textContent = `${words} (${label})`
      return
    }
    // The router may have shown yet another key.
    if (this.#panel.hidden) this.#actions.onTrusted()
    else this.focus()
  }
}

function sayPinned(): void {
  byId('key-change-title', HTMLElement).textContent = 'The router shows another key than the pinned one'
  byId('expected-title', HTMLElement).textContent = 'The key that is pinned'
  byId('key-change-way', HTMLElement).textContent =
    'Nothing on this page changes that: the pin stands in its address. Ask whoever runs ' +
    'the router for the fingerprint of its key, in a way that does not lead through the router. If it has changed, ' +
    '“Stop pinning” above, and pin that one.'
  for (const id of ['key-change-unless', 'trust-new-key']) byId(id, HTMLElement).hidden = true
}
