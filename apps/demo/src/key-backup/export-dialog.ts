import { byId } from '../elements.js'
import { explain } from '../plain-words.js'
import type { SessionKeyStore } from '../session-key-store.js'
import { encryptedKey, saveKeyFile } from './key-file.js'

const CANNOT =
  'It cannot be exported, not even by this page: it was made so. If you want to take a key with you, choose that ' +
  'below, and then “New key”.'
const CAN = 'It can be exported to a file, under a password that you choose.'

/** Takes the own key out of the browser, under a password, if it was made for that. */
export class ExportDialog {
  readonly #store: SessionKeyStore
  readonly #dialog: HTMLDialogElement = byId('export-dialog', HTMLDialogElement)
  readonly #form: HTMLFormElement = byId('export-form', HTMLFormElement)
  readonly #password: HTMLInputElement = byId('export-password', HTMLInputElement)
  readonly #repeat: HTMLInputElement = byId('export-repeat', HTMLInputElement)
  readonly #confirm: HTMLButtonElement = byId('confirm-export', HTMLButtonElement)
  readonly #state: HTMLElement = byId('export-state', HTMLElement)
  readonly #failure: HTMLElement = byId('export-failure', HTMLElement)
  /** Aborts when the dialog is closed: what was asked in it is not wanted any more. */
  #closing: AbortController = new AbortController()

  constructor(store: SessionKeyStore) {
    this.#store = store
    byId('export-key', HTMLButtonElement).addEventListener('click', () => this.#open())
    byId('cancel-export', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
    // However it was closed: no password stays in the page.
    this.#dialog.addEventListener('close', () => {
      this.#form.reset()
      this.#closing.abort()
    })
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#export()
    })
  }

  /** Offers it for the key in use, or says why it cannot be had. */
  async refresh(): Promise<void> {
    const isExportable = (await this.#store.exportableKey()) !== undefined
    byId('export-key', HTMLElement).hidden = !isExportable
    byId('export-words', HTMLElement).textContent = isExportable ? CAN : CANNOT
  }

  #open(): void {
    this.#say('', '')
    this.#closing = new AbortController()
    this.#dialog.showModal()
  }

  async #export(): Promise<void> {
    const { signal } = this.#closing
    // Before anything is waited for: what is typed meanwhile was not repeated.
    const password = this.#password.value
    if (password !== this.#repeat.value) {
      this.#say('', 'The two passwords are not the same. Nothing was exported.')
      this.#repeat.select()
      return
    }
    this.#confirm.disabled = true
    this.#say('Encrypting…', '')
    try {
      const keyPair = await this.#store.exportableKey()
      if (keyPair === undefined) return this.#say('', CANNOT) // another tab has replaced it
      const pem = await encryptedKey(keyPair, password)
      if (signal.aborted) return
      saveKeyFile(pem, keyPair.publicKey.fingerprint)
      this.#form.reset()
      this.#say('Encrypted, and given to the browser to save.', '')
    } catch (error) {
      if (signal.aborted) return
      const { words, detail, label } = explain(error)
      this.#say('', `${words} ${detail ?? ''} (${label})`)
    } finally {
      this.#confirm.disabled = false
    }
  }

  #say(state: string, failure: string): void {
    this.#state.textContent = state
    this.#failure.textContent = failure
  }
}
