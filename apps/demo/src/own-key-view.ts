import type { KeyEvent, SecureChatCompletion } from '@nomyo/client'
import { prepareKey, replaceKey, storedKey, type PreparedKey } from './client.js'
import { copyOnClick } from './copy-button.js'
import { byId } from './elements.js'
import { explain } from './plain-words.js'
import { days, moment } from './quantities.js'
import { ExportDialog } from './key-backup/export-dialog.js'
import { ImportDialog } from './key-backup/import-dialog.js'
import type { SessionKeyStore } from './session-key-store.js'

/** What the view works with. */
export interface OwnKeyParts {
  readonly client: SecureChatCompletion
  readonly store: SessionKeyStore
  /** Told when a key pair begins to be generated, and when that is over. */
  readonly onGenerating: (isGenerating: boolean) => void
  /** Told which key pair is in use from now on. */
  readonly onPrepared: (key: PreparedKey) => void
  /** Told that another key lies in the store, before it is loaded. */
  readonly onImported: () => Promise<void>
}

/** The page's own key in the panel that tells of its protection. */
export class OwnKeyView {
  readonly #parts: OwnKeyParts
  readonly #fingerprint: HTMLElement = byId('own-fingerprint', HTMLElement)
  readonly #state: HTMLElement = byId('own-key-state', HTMLElement)
  readonly #newKey: HTMLButtonElement = byId('new-key', HTMLButtonElement)
  readonly #portable: HTMLInputElement = byId('portable', HTMLInputElement)
  readonly #export: ExportDialog
  #generatingSince = 0

  constructor(parts: OwnKeyParts) {
    this.#parts = parts
    this.#export = new ExportDialog(parts.store)
    new ImportDialog(parts.store, (advice) => this.#takeIn(advice))
    copyOnClick(byId('copy-own-fingerprint', HTMLButtonElement), () => this.#fingerprint.textContent)
    byId('delete-key', HTMLButtonElement).addEventListener('click', () => void this.#delete())
    byId('make-key', HTMLButtonElement).addEventListener('click', () => void this.#make())
    this.#newKey.addEventListener('click', () => void this.#replace())
  }

  /** Loads the key pair, if there is one: protocol 2.0 needs none. @throws what keeps it from being loaded. */
  async load(): Promise<void> {
    const key = await storedKey(this.#parts.client)
    if (key !== undefined) await this.#show(key)
    else byId('make-key', HTMLElement).hidden = false
  }

  /** Loads the key pair, or generates the first one. @throws what keeps it from being loaded or kept. */
  async prepare(): Promise<void> {
    const { client, store, onGenerating } = this.#parts
    try {
      await this.#show(await store.choosing(this.#portable.checked, () => prepareKey(client)))
    } catch (error) {
      byId('key-lifetime', HTMLElement).textContent = 'cannot be used'
      throw error
    } finally {
      onGenerating(false)
    }
  }

  /** For the client's `onKeyEvent`. */
  tell({ type }: KeyEvent): void {
    const isGenerating = type === 'generating'
    if (isGenerating) this.#generatingSince = performance.now()
    this.#parts.onGenerating(isGenerating)
    // Its age did it; what the button replaces is shown by the button.
    if (type === 'rotated' && !this.#newKey.disabled) void this.#takeUp()
  }

  async #make(): Promise<void> {
    const button = byId('make-key', HTMLButtonElement)
    button.disabled = true
    try {
      await this.prepare()
      this.#newKey.focus() // the button that had it is gone
    } catch (error) {
      const { words, label } = explain(error)
      byId('key-words', HTMLElement).textContent = `${words} (${label})`
    } finally {
      button.disabled = false
    }
  }

  /** All that the store has of it, the one before it too. The page begins anew, since its clients hold the key. */
  async #delete(): Promise<void> {
    const { store } = this.#parts
    const question =
      'Delete your key? Answers that are still on their way over protocol 1.0 cannot be opened then.'
    if (!confirm(question)) return
    try {
      for (const name of await store.list()) await store.delete(name)
      location.reload()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #replace(): Promise<void> {
    const { client, store } = this.#parts
    this.#newKey.disabled = true
    this.#state.textContent = 'Generating a new key…'
    try {
      await this.#show(await store.choosing(this.#portable.checked, () => replaceKey(client)))
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#parts.onGenerating(false)
      this.#newKey.disabled = false
    }
  }

  async #takeUp(): Promise<void> {
    const milliseconds = performance.now() - this.#generatingSince
    try {
      await this.#show({ ...(await this.#parts.client.loadKeys()), how: 'generated', milliseconds })
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A key was imported. Its file says nothing of its age, so that counts from now. */
  async #takeIn(advice: string): Promise<void> {
    try {
      await this.#parts.onImported()
      await this.load()
      if (advice !== '') this.#state.append(` ${advice}`)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const { words, label } = explain(error)
    this.#state.textContent = `${words} (${label})`
  }

  async #show(key: PreparedKey): Promise<void> {
    const { lifetime, words } = this.#parts.store.keeping
    byId('key-lifetime', HTMLElement).textContent = lifetime
    byId('key-words', HTMLElement).textContent = words
    this.#fingerprint.textContent = key.fingerprint
    this.#state.textContent = lifeOf(key)
    await this.#export.refresh()
    byId('own-key', HTMLElement).hidden = false
    byId('make-key', HTMLElement).hidden = true
    this.#parts.onPrepared(key)
  }
}

/** ms */
const DAY = 24 * 60 * 60 * 1000
/** Days after which the client replaces the key: its default, which this page leaves as it is. */
const ROTATION = 90

function lifeOf({ createdAt }: PreparedKey): string {
  const age = Math.floor(Math.max(Date.now() - createdAt, 0) / DAY)
  const left = ROTATION - age
  const next = left > 0 ? `it is replaced in ${days(left)}` : 'it is replaced on its next use'
  return `In use since ${moment(createdAt)}: ${days(age)} old, ${next}.`
}
