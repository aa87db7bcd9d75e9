import { assertReplaceable, type SaveOptions } from '@nomyo/core'
import { promisifyRequest } from 'idb-keyval'
import type { Database } from './database.js'
import { KEY, rangeOf, STAGED } from './layout.js'
import { find, tryPut, type Found } from './requests.js'
import { parseStoredKey, type StoredKey } from './stored-key.js'

/** ms after which nobody is still about to publish a staged record: its page was closed meanwhile. */
const LEFTOVER = 60 * 60 * 1000

/** A record that was written, read back and used, but has no name yet. */
export interface StagedKey {
  readonly stored: StoredKey
  /** Under which it stands until then. */
  readonly key: string
}

/** The key records of a database, by name. */
export class KeyTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** How messages speak of the key of that name. */
  describe(name: string): string {
    return `The key ${JSON.stringify(name)} in the database ${JSON.stringify(this.#database.name)}`
  }

  /**
   * The record of that name; undefined only if there is none.
   * @throws KeyStoreError `unreadable` for a damaged one.
   */
  async find(name: string): Promise<StoredKey | undefined> {
    const found = await this.#database.transact('readonly', (store) => find(store, KEY + name))
    return found && parseStoredKey(found.value, this.describe(name))
  }

  /** All names, whatever stands under them. */
  async list(): Promise<string[]> {
    const keys = await this.#database.transact('readonly', (store) =>
      promisifyRequest(store.getAllKeys(rangeOf(KEY))),
    )
    return keys.flatMap((key) => (typeof key === 'string' ? [key.slice(KEY.length)] : []))
  }

  /** Deletes the record of that name, if there is one. */
  async delete(name: string): Promise<void> {
    await this.#database.transact('readwrite', (store) => promisifyRequest(store.delete(KEY + name)))
  }

  /**
   * Writes a record under a key of its own, where nobody finds it, and reads it in another transaction, so
   * that no key is replaced by one that the engine does not keep. Undefined if the engine does not write the
   * record, or gives back one that `use` rejects.
   */
  async stage(
    stored: StoredKey,
    use: (readBack: StoredKey) => Promise<unknown>,
  ): Promise<StagedKey | undefined> {
    const key = `${STAGED}${Date.now()}:${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
    const staged = { stored, key }
    const put = async (store: IDBObjectStore): Promise<boolean> => tryPut(store, stored, key)
    // It is written once more when it gets its name.
    const isWritten = await this.#database.transact('readwrite', put, { durability: 'relaxed' })
    if (!isWritten) return undefined
    try {
      const readBack = await this.#database.transact('readonly', (store) => find(store, key))
      await use(parseStoredKey(readBack?.value, 'The key'))
      return staged
    } catch {
      await this.unstage(staged)
      return undefined
    }
  }

  /** Deletes what {@link stage} has written. */
  async unstage({ key }: StagedKey): Promise<void> {
    await this.#database.transact('readwrite', (store) => promisifyRequest(store.delete(key)))
  }

  /**
   * Gives a staged record its name, in one transaction with all that `options` ask.
   * @throws KeyStoreError `exists` or `not_found`, see `SaveOptions`; `unreadable` if the one there cannot be
   * read, though it is to be compared or kept.
   */
  async publish(name: string, { stored, key }: StagedKey, options: SaveOptions): Promise<void> {
    await this.#database.transact('readwrite', async (store) => {
      const there = await find(store, KEY + name)
      this.#assertReplaceable(name, there, options)
      if (there !== undefined && options.keepAs !== undefined) store.put(there.value, KEY + options.keepAs)
      store.put(stored, KEY + name)
      store.delete(key)
      store.delete(IDBKeyRange.bound(STAGED, `${STAGED}${Date.now() - LEFTOVER}`))
    })
  }

  #assertReplaceable(name: string, there: Found | undefined, options: SaveOptions): void {
    const what = this.describe(name)
    const { replace = false, expected, keepAs } = options
    const mustBeRead = replace && (expected !== undefined || keepAs !== undefined)
    const fingerprint = there && (mustBeRead ? parseStoredKey(there.value, what).fingerprint : 'not read')
    assertReplaceable(fingerprint, what, options)
  }
}
