import { byId } from '../elements.js'
import { explain } from '../plain-words.js'
import type { SessionKeyStore } from '../session-key-store.js'
import { encryptedKey, saveKeyFile } from './key-file.js'
import { PasswordDialog } from './password-dialog.js'

const CANNOT =
  'It cannot be exported, not even by this page: it was made so. If you want to take a key with you, choose that ' +
  'below, and then “New key”.'
const CAN = 'It can be exported to a file, under a password that you choose.'

/** Takes the own key out of the browser, under a password, if it was made for that. */
export class ExportDialog {
  readonly #store: SessionKeyStore
  readonly #dialog: PasswordDialog = new PasswordDialog('export', (signal) => this.#export(signal))
  readonly #password: HTMLInputElement = byId('export-password', HTMLInputElement)
  readonly #repeat: HTMLInputElement = byId('export-repeat', HTMLInputElement)

  constructor(store: SessionKeyStore) {
    this.#store = store
  }

  /** Offers it for the key in use, or says why it cannot be had. */
  async refresh(): Promise<void> {
    const isExportable = (await this.#store.exportableKey()) !== undefined
    byId('export-key', HTMLElement).hidden = !isExportable
    byId('export-words', HTMLElement).textContent = isExportable ? CAN : CANNOT
  }

  async #export(signal: AbortSignal): Promise<void> {
    // Before anything is waited for: what is typed meanwhile was not repeated.
    const password = this.#password.value
    if (password !== this.#repeat.value) {
      this.#dialog.say('', 'The two passwords are not the same. Nothing was exported.')
      this.#repeat.select()
      return
    }
    this.#dialog.say('Encrypting…', '')
    try {
      const keyPair = await this.#store.exportableKey()
      if (keyPair === undefined) return this.#dialog.say('', CANNOT) // another tab has replaced it
      const pem = await encryptedKey(keyPair, password)
      if (signal.aborted) return
      saveKeyFile(pem, keyPair.publicKey.fingerprint)
      this.#dialog.clear()
      this.#dialog.say('Encrypted, and given to the browser to save.', '')
    } catch (error) {
      if (signal.aborted) return
      const { words, detail, label } = explain(error)
      this.#dialog.say('', `${words} ${detail ?? ''} (${label})`)
    }
  }
}
