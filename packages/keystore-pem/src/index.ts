/**
 * NOMYO keys in PEM files with strict permissions, for Node, Bun and Deno.
 * @packageDocumentation
 */
export type { KeyFileInfo } from './keys/description.js'
export type { PemKeyStoreOptions } from './options.js'
export type { KeyProtection, ReadPrivateKey } from './pem/private-key.js'
export { pemKeyStore } from './pem-key-store.js'
export type { PemKeyStore } from './pem-key-store.js'
export { readPrivateKeyPem } from './read-private-key-pem.js'
export type { ReadPrivateKeyOptions } from './read-private-key-pem.js'
