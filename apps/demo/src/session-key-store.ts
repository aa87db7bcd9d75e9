/** The one place where the page decides where its keys are kept, and says so. */
import type { KeyPair, KeyRecord, KeyStore, KeyStoreWarning, RouterTrust } from '@nomyo/client'
import type { SaveOptions, SetOptions, TrustStore } from '@nomyo/client'
import { CURRENT_KEY } from '@nomyo/core'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'

/** How a key is spoken of that is kept in a certain way. */
export interface Keeping {
  /** Where the key is and how long it lasts, in a few words. */
  readonly lifetime: string
  /** The same in a paragraph. */
  readonly words: string
}

const PURPOSE = 'An RSA-4096 key pair, made in this browser, to receive answers with.'
const LASTING =
  'It is there again after a reload or a restart, and the router can recognise you by it, until this site’s ' +
  'data is cleared or a private window closed. After 90 days it is replaced. The router’s key is remembered ' +
  'beside it.'
const IN_DATABASE: Keeping = {
  lifetime: 'kept in this browser, not exportable',
  words:
    `${PURPOSE} Its private half lies in the browser’s database (IndexedDB) and cannot be exported, not even ` +
    `by this page. ${LASTING}`,
}
const WRAPPED: Keeping = {
  lifetime: 'kept in this browser, encrypted',
  words:
    `${PURPOSE} Its private half lies in the browser’s database (IndexedDB), encrypted under a key that ` +
    `cannot be exported. ${LASTING}`,
}
const EXPORTABLE: Keeping = {
  lifetime: 'kept in this browser, exportable',
  words:
    `${PURPOSE} Its private half lies in the browser’s database (IndexedDB), and was made so that you can take ` +
    'it with you: this page can read it out, and so can any script that gets to run in it, such as one of a ' +
    `browser extension. ${LASTING}`,
}
const IN_MEMORY: Keeping = {
  lifetime: 'in memory, gone when the page is closed',
  words:
    `${PURPOSE} Its private half lives in the browser’s memory and is gone when the page is closed or ` +
    'reloaded. Unless you made it to take it with you, it cannot be exported, not even by this page.',
}

/** The store of this page: the browser's database, or memory where that cannot be had. */
export function sessionKeyStore(onWarning: (warning: KeyStoreWarning) => void): SessionKeyStore {
  return new SessionKeyStore(onWarning)
}

/**
 * Two stores over one database. The clients only ever get keys that nobody can export; one that was made to be taken
 * along is read out by `exportableKey` alone.
 */
export class SessionKeyStore implements KeyStore, TrustStore {
  readonly #plain: KeyStore & TrustStore
  // What the browser cannot keep, the other one has said already.
  readonly #exportable: KeyStore = indexedDBKeyStore({ exportable: true, onWarning: () => undefined })
  #isCurrentExportable = false
  /** What was asked of the key that is being made; undefined if nobody was asked, as when its age replaces one. */
  #choice: boolean | undefined

  constructor(onWarning: (warning: KeyStoreWarning) => void) {
    this.#plain = indexedDBKeyStore({ onWarning })
  }

  get volatile(): boolean {
    return this.#plain.volatile ?? false
  }

  get needsExportableKeys(): boolean {
    return this.#isNextExportable || this.#plain.needsExportableKeys === true
  }

  /** How the key in use is really kept. To be asked once one was loaded or saved. */
  get keeping(): Keeping {
    if (this.volatile) return IN_MEMORY
    if (this.#isCurrentExportable) return EXPORTABLE
    return this.#plain.needsExportableKeys === true ? WRAPPED : IN_DATABASE
  }

  /** Runs `task`, in which a key is made or put in, that can be exported or not. */
  async choosing<T>(isExportable: boolean, task: () => Promise<T>): Promise<T> {
    this.#choice = isExportable
    try {
      return await task()
    } finally {
      this.#choice = undefined
    }
  }

  /** The key in use, with a private half that can be exported; undefined if it was not made so. */
  async exportableKey(): Promise<KeyPair | undefined> {
    return this.#exportableOf(await this.#plain.load(CURRENT_KEY))
  }

  async load(name: string): Promise<KeyRecord | undefined> {
    const record = await this.#plain.load(name)
    // An engine that keeps keys only encrypted gives all of them back exportable: that says nothing of a choice.
    const mayTell = name === CURRENT_KEY && this.#plain.needsExportableKeys !== true
    if (mayTell) this.#isCurrentExportable = (await this.#exportableOf(record)) !== undefined
    return record
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    const isExportable = this.#isNextExportable && record.keyPair.privateKey.extractable
    if (isExportable && !this.volatile) {
      await this.#exportable.save(name, record, options)
      // Else the browser turned out to keep no keys, and the clients' store has to hold it, too.
      if (this.#exportable.volatile !== true) return this.#note(name, isExportable)
    }
    await this.#plain.save(name, record, options)
    if (isExportable) await this.#exportable.save(name, record, { replace: true })
    this.#note(name, isExportable)
  }

  async delete(name: string): Promise<void> {
    await this.#plain.delete(name)
    await this.#exportable.delete(name)
  }

  list(): Promise<readonly string[]> {
    return this.#plain.list()
  }

  get(baseURL: string): Promise<RouterTrust | undefined> {
    return this.#plain.get(baseURL)
  }

  set(baseURL: string, trust: RouterTrust, options: SetOptions = {}): Promise<void> {
    return this.#plain.set(baseURL, trust, options)
  }

  /** A key that its age replaces is followed by one of its kind. */
  get #isNextExportable(): boolean {
    return this.#choice ?? this.#isCurrentExportable
  }

  async #exportableOf(current: KeyRecord | undefined): Promise<KeyPair | undefined> {
    if (current === undefined) return undefined
    const readable = (await this.#exportable.load(CURRENT_KEY))?.keyPair
    // In memory each store has its own: the key before may be the one that could be exported.
    const isSame = readable?.publicKey.fingerprint === current.keyPair.publicKey.fingerprint
    return isSame && readable.privateKey.extractable ? readable : undefined
  }

  #note(name: string, isExportable: boolean): void {
    if (name === CURRENT_KEY) this.#isCurrentExportable = isExportable
  }
}
