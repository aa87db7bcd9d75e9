import {
  KeyStoreError,
  memoryKeyStore,
  subtle,
  ValidationError,
  type KeyRecord,
  type KeyStore,
  type KeyStoreWarning,
  type Password,
  type RouterTrust,
  type SaveOptions,
  type SetOptions,
  type TrustStore,
} from '@nomyo/core'
import { PBKDF2_ITERATIONS } from '@nomyo/core/pkcs8'
import { Database } from './database.js'
import { KeyTable } from './key-table.js'
import { placeOf } from './layout.js'
import { passwordKeysOf } from './password-keys.js'
import { withoutExport } from './private-key-sealing.js'
import { recover, type Protection } from './protection.js'
import { RouterTable } from './router-table.js'
import { assertMatching, Staging } from './staging.js'
import type { StoredKey } from './stored-key.js'
import { Warnings } from './warnings.js'

/** Where and how an {@link indexedDBKeyStore} keeps its keys. */
export interface IndexedDBKeyStoreOptions {
  /** Default: `nomyo`. */
  readonly databaseName?: string
  /**
   * Keys of different environments never meet: `production`, the default, lives in the database of that name,
   * any other in one of its own, `<databaseName>-<environment>`. Letters, digits, dots, dashes and underscores.
   */
  readonly environment?: string
  /** Encrypts the private keys with it. It must not be undefined, so that one that is missing is noticed. */
  readonly password?: Password
  /** Whether the private keys may be exported, for a backup. Default: false. */
  readonly exportable?: boolean
  /** Told, once, what the browser cannot give. Default: a warning on the console. */
  readonly onWarning?: (warning: KeyStoreWarning) => void
}

/**
 * Keeps keys, and what is known of routers, in IndexedDB. Private keys are `CryptoKey`s that nobody can export;
 * where the engine does not keep those, PKCS#8 under an AES-256-GCM key that nobody can export; with a
 * password, PKCS#8 under PBKDF2-HMAC-SHA-256 (600,000 iterations) and AES-256-GCM. A key takes its place only
 * after it was written, read back and used. Nothing is opened before a method is called.
 *
 * Where there is no storage, or it does not answer within 10 seconds, everything is kept in memory for the life
 * of the store, with the warning `storage_unavailable`; where it keeps no keys in any form, keys are, with the
 * warning `keys_not_kept`. `volatile` is true from then on. That never happens if a key is stored.
 *
 * Its methods throw KeyStoreError: `unreadable` if a record is damaged or the browser has lost it, `locked` if
 * it is encrypted and there is no password, `unwritable` such as for a full disk, `exists`, `not_found`; and
 * SecurityError `decryption_failed` for a wrong password. What cannot be used stays as it is.
 * @throws ValidationError for an unusable option.
 */
export function indexedDBKeyStore(options: IndexedDBKeyStoreOptions = {}): KeyStore & TrustStore {
  return new IndexedDBKeyStore(options)
}

class IndexedDBKeyStore implements KeyStore, TrustStore {
  readonly #database: Database
  readonly #keys: KeyTable
  readonly #routers: RouterTable
  readonly #protection: Protection
  readonly #staging: Staging
  readonly #warnings: Warnings
  /** In place of storage that is not there. */
  #memory: (KeyStore & TrustStore) | undefined
  /** In place of storage that is not there, or does not keep keys. */
  #keyMemory: KeyStore | undefined

  constructor(options: IndexedDBKeyStoreOptions) {
    const { databaseName = 'nomyo', environment = 'production', exportable = false, onWarning } = options
    if (typeof exportable !== 'boolean') throw new ValidationError('exportable must be true or false.')
    this.#database = new Database(placeOf(databaseName, environment))
    this.#keys = new KeyTable(this.#database)
    this.#routers = new RouterTable(this.#database)
    this.#warnings = new Warnings(onWarning)
    this.#protection = { database: this.#database.name, password: passwordKeysOf(options), exportable }
    this.#staging = new Staging(this.#keys, this.#protection)
  }

  get volatile(): boolean {
    return this.#keyMemory !== undefined
  }

  get needsExportableKeys(): boolean {
    return this.#staging.needsExportableKeys
  }

  async load(name: string): Promise<KeyRecord | undefined> {
    subtle() // or no CryptoKey can be told from anything else
    await this.#open()
    if (this.#keyMemory !== undefined) return this.#keyMemory.load(name)
    const stored = await this.#keys.find(name)
    return stored && this.#recover(stored, this.#keys.describe(name))
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    this.#assertStorable(record)
    await this.#open()
    const staged = this.#keyMemory === undefined ? await this.#staging.stage(record) : undefined
    if (staged === undefined) return this.#saveInMemory(name, record, options)
    try {
      await this.#keys.publish(name, staged, options)
    } catch (error) {
      await this.#keys.unstage(staged).catch(() => undefined)
      throw error
    }
  }

  async delete(name: string): Promise<void> {
    await this.#open()
    await (this.#keyMemory ?? this.#keys).delete(name)
  }

  async list(): Promise<readonly string[]> {
    await this.#open()
    return (this.#keyMemory ?? this.#keys).list()
  }

  async get(baseURL: string): Promise<RouterTrust | undefined> {
    await this.#open()
    return (this.#memory ?? this.#routers).get(baseURL)
  }

  async set(baseURL: string, trust: RouterTrust, options: SetOptions = {}): Promise<void> {
    await this.#open()
    await (this.#memory ?? this.#routers).set(baseURL, trust, options)
  }

  /** Opens the database, or does without it from now on. */
  async #open(): Promise<void> {
    if (this.#memory !== undefined || (await this.#database.isAvailable())) return
    this.#memory ??= memoryKeyStore()
    this.#keyMemory ??= this.#memory
    this.#warnings.storageUnavailable(this.#database.name)
  }

  async #recover(stored: StoredKey, what: string): Promise<KeyRecord> {
    const record = await recover(stored, what, this.#protection)
    const { privateKey } = stored
    this.#staging.learn(privateKey)
    if (privateKey.form !== 'encrypted') {
      if (this.#protection.password !== undefined) this.#warnings.unencryptedKey(what)
    } else if (privateKey.iterations < PBKDF2_ITERATIONS) {
      this.#warnings.weakEncryption(what, privateKey.iterations)
    }
    return record
  }

  #assertStorable({ keyPair, createdAt }: KeyRecord): void {
    if (!Number.isFinite(createdAt)) throw new ValidationError('createdAt must be a time in ms since 1970.')
    const { exportable, password } = this.#protection
    if (!keyPair.privateKey.extractable && (exportable || password !== undefined)) {
      throw new ValidationError(
        `A key store ${exportable ? 'with exportable: true' : 'with a password'} keeps only keys that were ` +
          'generated with exportable: true.',
      )
    }
  }

  async #saveInMemory(name: string, record: KeyRecord, options: SaveOptions): Promise<void> {
    await assertMatching(record)
    if (this.#keyMemory === undefined && (await this.#keys.list()).length > 0) {
      throw new KeyStoreError(
        'unwritable',
        `This browser does not store CryptoKeys any more, but there are keys in the database ` +
          `${JSON.stringify(this.#database.name)}. Nothing was changed.`,
      )
    }
    const memory = this.#keyMemory ?? this.#keepKeysInMemory()
    const { keyPair, createdAt } = record
    const { publicKey } = keyPair
    const privateKey = this.#protection.exportable
      ? keyPair.privateKey
      : await withoutExport(keyPair.privateKey)
    await memory.save(name, { keyPair: { publicKey, privateKey }, createdAt }, options)
  }

  /** What is known of routers stays where it is. */
  #keepKeysInMemory(): KeyStore {
    this.#keyMemory ??= memoryKeyStore()
    this.#warnings.keysNotKept()
    return this.#keyMemory
  }
}
