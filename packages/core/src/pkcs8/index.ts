/**
 * Private keys as files: PKCS#8, encrypted with a password or not, that OpenSSL and Python read and write
 * too. On WebCrypto alone, so that a browser can do what a server does.
 * @packageDocumentation
 */
export { decryptPkcs8, encryptPkcs8 } from './encryption.js'
export type { DecryptedPkcs8 } from './encryption.js'
export { MAX_PBKDF2_ITERATIONS, PBKDF2_ITERATIONS } from '../keys/iterations.js'
export { checkPassword, MAX_PASSWORD_BYTES } from '../keys/password.js'
export { exportPrivateKeyPem, importPrivateKeyPem } from './pem.js'
export type { ExportPemOptions, ImportedPrivateKey, ImportPemOptions } from './pem.js'
export { assertWorking } from '../keys/working.js'
