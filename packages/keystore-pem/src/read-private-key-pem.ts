import { ValidationError } from '@nomyo/core'
import { PasswordSource } from './password.js'
import { decodePrivateKey } from './pem/decoding.js'
import type { ReadPrivateKey } from './pem/private-key.js'

/** How a private key is read. */
export interface ReadPrivateKeyOptions {
  /** For an encrypted key; one that is not encrypted is read without. */
  readonly password?: string
  /** Whether the private key may be exported. Default: false. */
  readonly exportable?: boolean
}

/**
 * Reads an RSA private key from the bytes of a PEM file (RFC 7468), whatever else stands in it: PKCS#8 (RFC
 * 5958) and PKCS#1 (RFC 8017), in clear or encrypted as OpenSSL and Python's cryptography do: PBES2 with PBKDF2
 * or scrypt and AES or 3DES, PKCS#12's PBE with 3DES, and OpenSSL's traditional encryption. What it would cost
 * is bounded before anything is computed: 10,000,000 iterations of PBKDF2, N * r * p = 2^24 of scrypt in at most
 * 32 MiB.
 *
 * @param pem at most 64 KiB. The caller owns the bytes and should overwrite them if the key is in clear.
 * @throws KeyStoreError `locked` if the key is encrypted and there is no password; `unreadable`, with the
 * reason, for what shows without the password.
 * @throws SecurityError `decryption_failed` for a wrong password, damage, or an unusable key inside: the same
 * for every cause, without a `cause`.
 * @throws ValidationError for an empty password.
 */
export async function readPrivateKeyPem(
  pem: Uint8Array,
  options: ReadPrivateKeyOptions = {},
): Promise<ReadPrivateKey> {
  if (!(pem instanceof Uint8Array)) throw new ValidationError('The PEM of a private key must be bytes.')
  const { password, exportable = false } = options
  return decodePrivateKey(pem, {
    subject: 'The private key',
    password: password === undefined ? undefined : new PasswordSource(password),
    exportable,
  })
}
