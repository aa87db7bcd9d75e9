/** A key under a password with one iteration of PBKDF2, so that reading it takes no time. */
import type { Bytes } from '@nomyo/core'
import { encodeEncryptedKey } from '../../src/pkcs8/encrypted.js'
import { encrypt } from '../../src/pkcs8/pbes2.js'

export const PASSWORD = 'correct horse'

/** DER of an EncryptedPrivateKeyInfo. */
export async function encryptedKey(pkcs8: Bytes): Promise<Bytes> {
  const scheme = {
    hash: 'SHA-256',
    salt: crypto.getRandomValues(new Uint8Array(16)),
    iterations: 1,
    keyBytes: 32,
    iv: crypto.getRandomValues(new Uint8Array(16)),
  }
  return encodeEncryptedKey(scheme, await encrypt(scheme, PASSWORD, pkcs8))
}
