import type { KeyEvent, KeyStore, SecureChatCompletion } from '@nomyo/client'
import { prepareKey, replaceKey, type PreparedKey } from './client.js'
import { copyOnClick } from './copy-button.js'
import { byId } from './elements.js'
import { explain } from './plain-words.js'
import { moment } from './quantities.js'
import { keepingOf } from './session-key-store.js'

/** What the view works with. */
export interface OwnKeyParts {
  readonly client: SecureChatCompletion
  readonly store: KeyStore
  /** Told when a key pair begins to be generated, and when that is over. */
  readonly onGenerating: (isGenerating: boolean) => void
  /** Told which key pair is in use from now on. */
  readonly onPrepared: (key: PreparedKey) => void
}

/** The page's own key in the panel that tells of its protection. */
export class OwnKeyView {
  readonly #parts: OwnKeyParts
  readonly #fingerprint: HTMLElement = byId('own-fingerprint', HTMLElement)
  readonly #state: HTMLElement = byId('own-key-state', HTMLElement)
  readonly #newKey: HTMLButtonElement = byId('new-key', HTMLButtonElement)
  #generatingSince = 0

  constructor(parts: OwnKeyParts) {
    this.#parts = parts
    copyOnClick(byId('copy-own-fingerprint', HTMLButtonElement), () => this.#fingerprint.textContent)
    this.#newKey.addEventListener('click', () => void this.#replace())
  }

  /** Loads the key pair, or generates the first one. @throws what keeps it from being loaded or kept. */
  async prepare(): Promise<void> {
    const { client, onGenerating } = this.#parts
    try {
      this.#show(await prepareKey(client))
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

  async #replace(): Promise<void> {
    this.#newKey.disabled = true
    this.#state.textContent = 'Generating a new key…'
    try {
      this.#show(await replaceKey(this.#parts.client))
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
      this.#show({ ...(await this.#parts.client.loadKeys()), how: 'generated', milliseconds })
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const { words, label } = explain(error)
    this.#state.textContent = `${words} (${label})`
  }

  #show(key: PreparedKey): void {
    const { lifetime, words } = keepingOf(this.#parts.store)
    byId('key-lifetime', HTMLElement).textContent = lifetime
    byId('key-words', HTMLElement).textContent = words
    this.#fingerprint.textContent = key.fingerprint
    this.#state.textContent = `In use since ${moment(key.createdAt)}.`
    byId('own-key', HTMLElement).hidden = false
    this.#parts.onPrepared(key)
  }
}
