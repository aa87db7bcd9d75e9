/**
 * The two extension points for what must outlive a call: our own keys, and what is known of a router.
 * A store of this project implements both; a client takes one by injection.
 */
import type { KeyPair } from '../keys/key-pair.js'

/** A stored key pair. */
export interface KeyRecord {
  readonly keyPair: KeyPair
  /** When the key was made, in ms since 1970. */
  readonly createdAt: number
}

/** How a record is saved. */
export interface SaveOptions {
  /** Whether a stored key may be replaced. Default: false. */
  readonly replace?: boolean
}

/** Keeps key pairs by name, such as `current`. */
export interface KeyStore {
  /** Whether all that it holds is gone when the process ends or the page is closed. */
  readonly volatile?: boolean
  /**
   * Whether this store can only keep private keys that were generated with `exportable: true`, because it
   * writes them out. A key that `load` returns need not be exportable.
   */
  readonly needsExportableKeys?: boolean
  /**
   * The key of that name. Undefined means that there is none, and only that: a key that is there but cannot
   * be used must throw a KeyStoreError, so that nobody puts a new one in its place.
   */
  load(name: string): Promise<KeyRecord | undefined>
  /** Saves a key. Throws KeyStoreError `exists` if there is one of that name and `replace` is not set. */
  save(name: string, record: KeyRecord, options?: SaveOptions): Promise<void>
  /** Deletes the key of that name; does nothing if there is none. */
  delete(name: string): Promise<void>
  /** The names of all stored keys, readable or not. */
  list(): Promise<readonly string[]>
}

/** What is known of a router. */
export interface RouterTrust {
  /** The fingerprints of its keys. */
  readonly fingerprints: readonly string[]
  /** When the first of them was seen, in ms since 1970. */
  readonly firstSeen: number
  /** The highest protocol version that it has spoken. */
  readonly highestProtocol: '1.0' | '2.0'
}

/** Remembers routers, by normalised base URL, for trust on first use. */
export interface TrustStore {
  /** Whether all that it holds is gone when the process ends or the page is closed. */
  readonly volatile?: boolean
  /** What is known of that router; undefined only if nothing is. Throws if it cannot be read. */
  get(baseURL: string): Promise<RouterTrust | undefined>
  /** Replaces what is known of that router. */
  set(baseURL: string, trust: RouterTrust): Promise<void>
}
