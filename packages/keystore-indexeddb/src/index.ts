/**
 * NOMYO keys in IndexedDB, for browsers.
 * @packageDocumentation
 */
export { indexedDBKeyStore } from './indexeddb-key-store.js'
export type { IndexedDBKeyStoreOptions } from './indexeddb-key-store.js'
