/** Deriving the key from a password and running the cipher of PBES2 (RFC 8018 section 6.2), on WebCrypto. */
import { utf8, type Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'
import type { EncryptedKey, Pbes2 } from './encrypted.js'
import { undecryptable, unreadable } from './failure.js'

const CBC = 'AES-CBC'

/** The ciphertext of `plaintext`, padded as in RFC 8018 section 6.1.1. */
export async function encrypt(scheme: Pbes2, password: string, plaintext: Bytes): Promise<Bytes> {
  const key = await deriveKey(scheme, password, 'encrypt')
  return new Uint8Array(await subtle().encrypt({ name: CBC, iv: scheme.iv }, key, plaintext))
}

/**
 * The plaintext, which the caller owns and should overwrite.
 * @throws SecurityError `decryption_failed` if the padding is wrong, as it mostly is after a wrong password.
 */
export async function decrypt({ scheme, ciphertext }: EncryptedKey, password: string): Promise<Bytes> {
  const key = await deriveKey(scheme, password, 'decrypt')
  try {
    return new Uint8Array(await subtle().decrypt({ name: CBC, iv: scheme.iv }, key, ciphertext))
  } catch {
    throw undecryptable()
  }
}

/** PBKDF2 (RFC 8018 section 5.2). The AES key never lies in JavaScript's memory. */
async function deriveKey(scheme: Pbes2, password: string, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const { hash, salt, iterations, keyBytes } = scheme
  const api = subtle()
  const bytes = utf8(password)
  try {
    const base = await api.importKey('raw', bytes, 'PBKDF2', false, ['deriveKey'])
    const parameters = { name: 'PBKDF2', hash, salt, iterations }
    return await api.deriveKey(parameters, base, { name: CBC, length: keyBytes * 8 }, false, [usage])
  } catch {
    // It depends on the parameters alone; Chromium has no AES with 192 bits.
    throw unreadable(`this runtime does not offer PBKDF2 with ${hash} and AES-${keyBytes * 8}-CBC`)
  } finally {
    bytes.fill(0)
  }
}
