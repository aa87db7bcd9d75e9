/**
 * NOMYO keys in PEM files with strict permissions, for Node, Bun and Deno.
 * @packageDocumentation
 */
export { pemKeyStore } from './pem-key-store.js'
export type { PemKeyStoreOptions } from './pem-key-store.js'
