import { KeyStoreError } from '@nomyo/core'
import { connect } from './connection.js'
import type { Place } from './layout.js'

/** One object store, in transactions that happen whole or not at all. Does nothing before it is used. */
export class Database {
  readonly name: string
  readonly #place: Place
  #connection: Promise<IDBDatabase> | undefined
  #wasOpen = false

  constructor(place: Place) {
    this.name = place.database
    this.#place = place
  }

  /**
   * Whether there is storage, that is, whether the database could ever be opened.
   * @throws KeyStoreError `unreadable` if the database is somebody else's.
   */
  async isAvailable(): Promise<boolean> {
    if (this.#wasOpen) return true
    try {
      await this.#connect()
      return (this.#wasOpen = true)
    } catch (error) {
      if (KeyStoreError.isInstance(error)) throw error
      return false
    }
  }

  /**
   * Does `work` in one transaction, which is undone if it throws. It may await requests of its store and
   * nothing else, or the transaction ends before it. A connection that the browser has closed is opened
   * again, once. What was saved is to outlast a power failure, unless `durability` says otherwise.
   * @throws what `work` throws; KeyStoreError `unreadable` or `unwritable` for a failure of the database.
   */
  async transact<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
    { durability = 'strict' }: Pick<IDBTransactionOptions, 'durability'> = {},
  ): Promise<T> {
    try {
      const connection = this.#connect()
      let store: IDBObjectStore
      try {
        store = this.#begin(await connection, mode, durability)
      } catch {
        this.#forget(connection)
        store = this.#begin(await this.#connect(), mode, durability)
      }
      return await settled(store, work)
    } catch (error) {
      throw this.#asKeyStoreError(error, mode)
    }
  }

  #begin(
    connection: IDBDatabase,
    mode: IDBTransactionMode,
    durability: IDBTransactionDurability,
  ): IDBObjectStore {
    const { objectStore } = this.#place
    return connection.transaction(objectStore, mode, { durability }).objectStore(objectStore)
  }

  #connect(): Promise<IDBDatabase> {
    if (this.#connection !== undefined) return this.#connection
    const connection = connect(this.#place, () => this.#forget(connection))
    connection.catch(() => this.#forget(connection))
    return (this.#connection = connection)
  }

  #forget(connection: Promise<IDBDatabase>): void {
    if (this.#connection === connection) this.#connection = undefined
  }

  /** By its name only: a browser's message may quote more than we want to show. */
  #asKeyStoreError(error: unknown, mode: IDBTransactionMode): unknown {
    if (!(error instanceof DOMException)) return error
    const [code, done] =
      mode === 'readonly' ? (['unreadable', 'read'] as const) : (['unwritable', 'written'] as const)
    return new KeyStoreError(
      code,
      `The database ${JSON.stringify(this.name)} could not be ${done} (${error.name}). Nothing was changed.`,
    )
  }
}

async function settled<T>(store: IDBObjectStore, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const { transaction } = store
  const completion = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError')),
    )
  })
  completion.catch(() => undefined)
  try {
    const result = await work(store)
    await completion
    return result
  } catch (error) {
    try {
      transaction.abort()
    } catch {
      // It has ended already.
    }
    throw error
  }
}
