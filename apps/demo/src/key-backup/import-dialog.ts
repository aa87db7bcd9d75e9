import { KeyStoreError, SecurityError, type SaveOptions } from '@nomyo/client'
import { CURRENT_KEY, PREVIOUS_KEY } from '@nomyo/core'
import { byId } from '../elements.js'
import { explain } from '../plain-words.js'
import type { SessionKeyStore } from '../session-key-store.js'
import { readKeyFile, type ReadKey } from './key-file.js'
import { PasswordDialog } from './password-dialog.js'
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
  readonly #dialog: PasswordDialog = new PasswordDialog('import', (signal) => this.#import(signal))
  readonly #file: HTMLInputElement = byId('import-file', HTMLInputElement)
  readonly #password: HTMLInputElement = byId('import-password', HTMLInputElement)
  readonly #portable: HTMLInputElement = byId('import-portable', HTMLInputElement)

  /** `onImported` is called once a key is stored, with what is to be said about it. */
  constructor(store: SessionKeyStore, onImported: (advice: string) => Promise<void>) {
    this.#store = store
    this.#onImported = onImported
  }

  async #import(signal: AbortSignal): Promise<void> {
    const [file] = this.#file.files ?? []
    if (file === undefined) return
    const isPortable = this.#portable.checked
    this.#dialog.say('Decrypting…', '')
    try {
      const read = await readKeyFile(file, this.#password.value, isPortable)
      if (signal.aborted) return // after the seconds that it can take, too
      this.#dialog.say('', '')
      if (!(await this.#keep(read, isPortable))) return
      this.#dialog.close()
      await this.#onImported(read.isWeak ? WEAK : '')
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
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
      this.#dialog.say('This is the key that you use already. Nothing was changed.', '')
      return false
    }
    if (!(await this.#question.ask(current, fingerprint))) {
      this.#dialog.say('Your key is the one it was.', '')
      return false
    }
    // Only the one that the question named: another tab may have replaced it meanwhile.
    await save({ replace: true, expected: current, keepAs: PREVIOUS_KEY })
    return true
  }

  #fail(error: unknown): void {
    if (SecurityError.isInstance(error) && error.code === 'decryption_failed') {
      this.#dialog.say('', WRONG_PASSWORD)
      this.#password.select()
      return
    }
    const { words, label } = explain(error)
    const isFile = KeyStoreError.isInstance(error) && error.code === 'unreadable'
    this.#dialog.say('', `${isFile ? `${error.message} Nothing was changed.` : words} (${label})`)
  }
}
