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

/** The name under which stores keep the key in use. */
export const CURRENT_KEY = 'current'

/** The name under which they keep the one before it, which still opens what is in flight. */
export const PREVIOUS_KEY = 'previous'

/** How a record is saved. All that it asks for happens in one step, or not at all. */
export interface SaveOptions {
  /** Whether a stored key may be replaced. Default: false. */
  readonly replace?: boolean
  /** With `replace`: the fingerprint of the only key that may be replaced, so that of two processes one wins. */
  readonly expected?: string
  /** With `replace`: the name under which the replaced key is kept, in place of the one that has it. */
  readonly keepAs?: string
}

/** Keeps key pairs by name, such as `current`. */
export interface KeyStore {
  /** Whether all that it holds is gone when the process ends or the page is closed. */
  readonly volatile?: boolean
  /**
   * Whether this store can only keep private keys that were generated with `exportable: true`, because it
   * writes them out. A key that `load` returns need not be exportable. A store that finds out by a `save`, which then
   * throws, has it become true: a key manager generates an exportable one then.
   */
  readonly needsExportableKeys?: boolean
  /**
   * The key of that name. Undefined means that there is none, and only that: a key that is there but cannot
   * be used must throw a KeyStoreError, so that nobody puts a new one in its place.
   */
  load(name: string): Promise<KeyRecord | undefined>
  /**
   * Saves a key. Throws KeyStoreError `exists` if there is one of that name that may not be replaced,
   * `not_found` if there is none although one is `expected`.
   */
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

/** How what is known of a router is saved. */
export interface SetOptions {
  /** Only if nothing is known of that router: of two processes that meet it at once, one decides. */
  readonly onlyIfUnknown?: boolean
}

/** Remembers routers, by normalised base URL, for trust on first use. */
export interface TrustStore {
  /** Whether all that it holds is gone when the process ends or the page is closed. */
  readonly volatile?: boolean
  /** What is known of that router; undefined only if nothing is. Throws if it cannot be read. */
  get(baseURL: string): Promise<RouterTrust | undefined>
  /**
   * Replaces what is known of that router. Throws KeyStoreError `exists` if that was only to happen for one
   * of which nothing is known.
   */
  set(baseURL: string, trust: RouterTrust, options?: SetOptions): Promise<void>
}

/**
 * What protects keys in a store: text that is not empty, or a function that asks for it when it is first
 * needed.
 */
export type Password = string | (() => string | Promise<string>)

/** What a {@link KeyStoreWarning} is about. */
export type KeyStoreWarningCode =
  'unencrypted_key' | 'weak_key_encryption' | 'key_modes_unchecked' | 'storage_unavailable' | 'keys_not_kept'

/** What a store cannot give, though it works. */
export interface KeyStoreWarning {
  /** What is missing, in a word that stays the same between versions. */
  readonly code: KeyStoreWarningCode
  /** The same for a person, with what to do. */
  readonly message: string
}
