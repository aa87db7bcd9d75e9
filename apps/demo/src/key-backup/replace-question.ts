import { byId } from '../elements.js'

/** Asks whether a key may take the place of another one. Whatever is not a clear yes is a no. */
export class ReplaceQuestion {
  readonly #dialog: HTMLDialogElement = byId('replace-dialog', HTMLDialogElement)

  constructor() {
    byId('keep-key', HTMLButtonElement).addEventListener('click', () => this.#dialog.close('no'))
    byId('replace-key', HTMLButtonElement).addEventListener('click', () => this.#dialog.close('yes'))
  }

  /** Shows both fingerprints; gives what the person decided. */
  async ask(current: string, imported: string): Promise<boolean> {
    byId('replaced-key', HTMLElement).textContent = current
    byId('imported-key', HTMLElement).textContent = imported
    // Escape leaves the answer of the last time.
    this.#dialog.returnValue = ''
    this.#dialog.showModal()
    await new Promise((resolve) => this.#dialog.addEventListener('close', resolve, { once: true }))
    return this.#dialog.returnValue === 'yes'
  }
}
