import { ValidationError } from '../errors.js'
import type { Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'
import { BLOCK_BYTES, decodeEncryptedKey, encodeEncryptedKey, MAX_DER_BYTES } from './encrypted.js'
import { undecryptable } from './failure.js'
import { PBKDF2_ITERATIONS } from '../keys/iterations.js'
import { checkPassword, MAX_PASSWORD_BYTES } from '../keys/password.js'
import { decrypt, encrypt } from './pbes2.js'
import { isPrivateKeyInfo } from './private-key-info.js'

const SALT_BYTES = 16
/** Beside the ciphertext and its padding, an encrypted key takes fewer bytes than this. */
const OVERHEAD_BYTES = 256

/** What an encrypted private key held. */
export interface DecryptedPkcs8 {
  /** PKCS#8 DER, unencrypted. The caller owns it and should overwrite it after use. */
  readonly pkcs8: Bytes
  /** The iterations of PBKDF2 that it was encrypted with: warn if fewer than {@link PBKDF2_ITERATIONS}. */
  readonly iterations: number
}

/**
 * Encrypts a PKCS#8 private key of any algorithm with a password: PBES2 (RFC 8018 section 6.2) with
 * PBKDF2-HMAC-SHA-256, 600,000 iterations, a random salt of 16 bytes, and AES-256-CBC with a random IV of
 * 16 bytes. OpenSSL and Python's cryptography read it. The caller owns `pkcs8` and should overwrite it.
 *
 * @param pkcs8 PKCS#8 DER (RFC 5958 section 2), at most 16 KiB.
 * @param password used as UTF-8 as it is, without normalisation: 1 to 1,023 bytes.
 * @returns DER of an EncryptedPrivateKeyInfo (RFC 5958 section 3).
 * @throws ValidationError for a password that is empty or too long, or for anything that is not PKCS#8.
 */
export async function encryptPkcs8(pkcs8: Uint8Array, password: string): Promise<Bytes> {
  checkPassword(password, MAX_PASSWORD_BYTES)
  if (pkcs8.length > MAX_DER_BYTES - OVERHEAD_BYTES || !isPrivateKeyInfo(pkcs8)) {
    throw new ValidationError('What is to be encrypted is not DER of a PKCS#8 private key.')
  }
  subtle() // before anything is drawn
  const scheme = {
    hash: 'SHA-256',
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
    iterations: PBKDF2_ITERATIONS,
    keyBytes: 32,
    iv: crypto.getRandomValues(new Uint8Array(BLOCK_BYTES)),
  }
  const plaintext = new Uint8Array(pkcs8)
  try {
    return encodeEncryptedKey(scheme, await encrypt(scheme, password, plaintext))
  } finally {
    plaintext.fill(0)
  }
}

/**
 * Decrypts a PKCS#8 private key. Reads PBES2 with PBKDF2 over HMAC with SHA-1, SHA-256, SHA-384 or SHA-512,
 * up to 10,000,000 iterations, a salt of 1 to 64 bytes, and AES-CBC with 128, 192 (not in Chromium) or 256
 * bits. CBC does not authenticate: a damaged key can pass here and show only when it is imported.
 *
 * @param der DER of an EncryptedPrivateKeyInfo (RFC 5958 section 3), at most 16 KiB.
 * @param password used as UTF-8 as it is, without normalisation; not empty.
 * @throws KeyStoreError `unreadable`, with the reason, for what shows without the password: another
 * algorithm, a parameter out of bounds, DER that is not canonical. Nothing was computed.
 * @throws SecurityError `decryption_failed` for a wrong password, damaged ciphertext, or content that is not
 * PKCS#8: the same for every cause, without a `cause`.
 * @throws ValidationError for an empty password.
 */
export async function decryptPkcs8(der: Uint8Array, password: string): Promise<DecryptedPkcs8> {
  checkPassword(password)
  const encrypted = decodeEncryptedKey(der)
  const pkcs8 = await decrypt(encrypted, password)
  if (!isPrivateKeyInfo(pkcs8)) {
    pkcs8.fill(0)
    throw undecryptable()
  }
  return { pkcs8, iterations: encrypted.scheme.iterations }
}
