import { KeyStoreError, SecurityError, type SaveOptions } from '@nomyo/client'
import { CURRENT_KEY, PREVIOUS_KEY } from '@nomyo/core'
import { byId } from '../elements.js'
import { explain } from '../plain-words.js'
import type { SessionKeyStore } from '../session-key-store.js'
import { readKeyFile, type ReadKey } from './key-file.js'
import { ReplaceQuestion } from './replace-question.js'

const WRONG_PASSWORD =
  'That password does not open this file, or the file is damaged. Nothing was changed: your key is the one it was.'
const WEAK =
  'The password of this file can be guessed faster than is good today. Export the key anew, or make another one.'

/** Brings a key into the browser, from a file under a password. */
export class ImportDialog {
  readonly #store: SessionKeyStore
  readonly #onImported: (advice: string) => Promise<void>
  readonly #question: ReplaceQuestion = new ReplaceQuestion()
  readonly #dialog: HTMLDialogElement = byId('import-dialog', HTMLDialogElement)
  readonly #form: HTMLFormElement = byId('import-form', HTMLFormElement)
  readonly #file: HTMLInputElement = byId('import-file', HTMLInputElement)
  readonly #password: HTMLInputElement = byId('import-password', HTMLInputElement)
  readonly #portable: HTMLInputElement = byId('import-portable', HTMLInputElement)
  readonly #confirm: HTMLButtonElement = byId('confirm-import', HTMLButtonElement)
  readonly #state: HTMLElement = byId('import-state', HTMLElement)
  readonly #failure: HTMLElement = byId('import-failure', HTMLElement)
  /** Aborts when the dialog is closed: what was asked in it is not wanted any more. */
  #closing: AbortController = new AbortController()

  /** `onImported` is called once a key is stored, with what is to be said about it. */
  constructor(store: SessionKeyStore, onImported: (advice: string) => Promise<void>) {
    this.#store = store
    this.#onImported = onImported
    byId('import-key', HTMLButtonElement).addEventListener('click', () => this.#open())
    byId('cancel-import', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
    // However it was closed: no password stays in the page.
    this.#dialog.addEventListener('close', () => {
      this.#form.reset()
      this.#closing.abort()
    })
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#import()
    })
  }

  #open(): void {
    this.#say('', '')
    this.#closing = new AbortController()
    this.#dialog.showModal()
  }

  async #import(): Promise<void> {
    const [file] = this.#file.files ?? []
    if (file === undefined) return
    const { signal } = this.#closing
    const isPortable = this.#portable.checked
    this.#confirm.disabled = true
    this.#say('Decrypting…', '')
    try {
      const read = await readKeyFile(file, this.#password.value, isPortable)
      if (signal.aborted) return // after the seconds that it can take, too
      this.#say('', '')
      if (!(await this.#keep(read, isPortable))) return
      this.#dialog.close()
      await this.#onImported(read.isWeak ? WEAK : '')
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
    } finally {
      this.#confirm.disabled = false
    }
  }

  /** Gives whether the key is in use now. One that is there already is replaced only if the person says so. */
  async #keep({ keyPair }: ReadKey, isPortable: boolean): Promise<boolean> {
    const { fingerprint } = keyPair.publicKey
    const save = (options: SaveOptions): Promise<void> =>
      this.#store.choosing(isPortable, () =>
        this.#store.save(CURRENT_KEY, { keyPair, createdAt: Date.now() }, options),
      )
    const current = (await this.#store.load(CURRENT_KEY))?.keyPair.publicKey.fingerprint
    if (current === undefined) {
      await save({})
      return true
    }
    if (current === fingerprint) {
      this.#say('This is the key that you use already. Nothing was changed.', '')
      return false
    }
    if (!(await this.#question.ask(current, fingerprint))) {
      this.#say('Your key is the one it was.', '')
      return false
    }
    // Only the one that the question named: another tab may have replaced it meanwhile.
    await save({ replace: true, expected: current, keepAs: PREVIOUS_KEY })
    return true
  }

  #fail(error: unknown): void {
    if (SecurityError.isInstance(error) && error.code === 'decryption_failed') {
      this.#say('', WRONG_PASSWORD)
      this.#password.select()
      return
    }
    const { words, label } = explain(error)
    const isFile = KeyStoreError.isInstance(error) && error.code === 'unreadable'
    this.#say('', `${isFile ? `${error.message} Nothing was changed.` : words} (${label})`)
  }

  #say(state: string, failure: string): void {
    this.#state.textContent = state
    this.#failure.textContent = failure
  }
}
