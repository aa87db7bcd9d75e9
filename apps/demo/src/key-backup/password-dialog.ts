import { byId } from '../elements.js'

/** A dialog in which a password is typed, to export a key or to import one. */
export class PasswordDialog {
  readonly #dialog: HTMLDialogElement
  readonly #form: HTMLFormElement
  readonly #confirm: HTMLButtonElement
  readonly #state: HTMLElement
  readonly #failure: HTMLElement
  #closing: AbortController = new AbortController()

  /**
   * `name` is in the ids of its parts. `submit` does what is asked; its signal aborts when the dialog is closed: then
   * that is not wanted any more.
   */
  constructor(name: 'export' | 'import', submit: (signal: AbortSignal) => Promise<void>) {
    this.#dialog = byId(`${name}-dialog`, HTMLDialogElement)
    this.#form = byId(`${name}-form`, HTMLFormElement)
    this.#confirm = byId(`confirm-${name}`, HTMLButtonElement)
    this.#state = byId(`${name}-state`, HTMLElement)
    this.#failure = byId(`${name}-failure`, HTMLElement)
    byId(`${name}-key`, HTMLButtonElement).addEventListener('click', () => this.#open())
    byId(`cancel-${name}`, HTMLButtonElement).addEventListener('click', () => this.close())
    // However it was closed.
    this.#dialog.addEventListener('close', () => {
      this.clear()
      this.#closing.abort()
    })
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit(submit)
    })
  }

  /** Shows what it does, and what went wrong. */
  say(state: string, failure: string): void {
    this.#state.textContent = state
    this.#failure.textContent = failure
  }

  /** No password stays in the page. */
  clear(): void {
    this.#form.reset()
  }

  close(): void {
    this.#dialog.close()
  }

  #open(): void {
    this.say('', '')
    this.#closing = new AbortController()
    this.#dialog.showModal()
  }

  async #submit(submit: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#confirm.disabled = true
    try {
      await submit(this.#closing.signal)
    } finally {
      this.#confirm.disabled = false
    }
  }
}
