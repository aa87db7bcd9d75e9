import { KeyStoreError } from '../errors.js'
import type { KeyPair, PrivateKeyOptions } from '../keys/key-pair.js'
import { decodePem, encodePem, type PemBlock } from '../keys/pem.js'
import { exportPrivateKey, importPrivateKey } from '../keys/private-key.js'
import { MAX_DER_BYTES } from './encrypted.js'
import { decryptPkcs8, encryptPkcs8 } from './encryption.js'
import { undecryptable, unreadable } from './failure.js'
import { checkPassword } from '../keys/password.js'
import { assertWorking } from '../keys/working.js'

const PLAIN = 'PRIVATE KEY'
const ENCRYPTED = 'ENCRYPTED PRIVATE KEY'
/** Base64 takes 4/3 of the bytes, line breaks a little more. */
const MAX_PEM_CHARACTERS = 2 * MAX_DER_BYTES

/** How a private key is written. */
export interface ExportPemOptions {
  /** Encrypts the key: 1 to 1,023 bytes of UTF-8. Leave it out to write the key in clear. */
  readonly password?: string
}

/** How a private key is read. */
export interface ImportPemOptions extends PrivateKeyOptions {
  /** For an encrypted key; one that is not encrypted is read without. */
  readonly password?: string
}

/** A private key that was read, and how it was protected. */
export interface ImportedPrivateKey {
  readonly keyPair: KeyPair
  /**
   * The iterations of PBKDF2 that it was encrypted with: warn if fewer than `PBKDF2_ITERATIONS`. Absent if
   * the key was not encrypted, whether or not a password was given.
   */
  readonly iterations?: number
}

/**
 * The private key as PEM text: `ENCRYPTED PRIVATE KEY` (RFC 7468 section 11) with a password, see
 * {@link encryptPkcs8}, or else `PRIVATE KEY` (section 10), which whoever reads it can use. A string cannot
 * be overwritten: do not keep the text in clear for long.
 *
 * @throws ValidationError if the key was not made exportable, or for a password that is empty, too long, or
 * there but undefined, so that one that is missing by mistake does not leave the key in clear.
 */
export async function exportPrivateKeyPem(keyPair: KeyPair, options: ExportPemOptions = {}): Promise<string> {
  const pkcs8 = await exportPrivateKey(keyPair)
  try {
    if (!('password' in options)) return encodePem(PLAIN, pkcs8)
    return encodePem(ENCRYPTED, await encryptPkcs8(pkcs8, options.password!))
  } finally {
    pkcs8.fill(0)
  }
}

/**
 * Reads an RSA private key from PEM text, `ENCRYPTED PRIVATE KEY` or `PRIVATE KEY` (RFC 7468 sections 11 and
 * 10), checks that its numbers belong together, and derives its public key. What of PBES2 is read, see
 * {@link decryptPkcs8}. The private key is not extractable unless `exportable` is set.
 *
 * @throws KeyStoreError `unreadable`, with the reason, for another kind of PEM, another algorithm or a
 * parameter out of bounds; `locked` if the key is encrypted and there is no password.
 * @throws SecurityError `decryption_failed` for a wrong password, damage, or a key inside that is not RSA of
 * 2048 to 8192 bits with e = 65537: the same for every cause, without a `cause`. `key_refused`, with the
 * reason, for such a key that is not encrypted.
 * @throws ValidationError for an empty password.
 */
export async function importPrivateKeyPem(
  pem: string,
  options: ImportPemOptions = {},
): Promise<ImportedPrivateKey> {
  if (options.password !== undefined) checkPassword(options.password)
  const { label, der } = readBlock(pem)
  try {
    if (label === ENCRYPTED) return await importEncrypted(der, options)
    return { keyPair: await importWorking(der, options) }
  } finally {
    der.fill(0)
  }
}

function readBlock(pem: string): PemBlock {
  const block = typeof pem === 'string' && pem.length <= MAX_PEM_CHARACTERS ? decodePem(pem) : undefined
  if (block === undefined) throw unreadable('it is not one block of PEM and nothing else')
  if (block.label === PLAIN || block.label === ENCRYPTED) return block
  block.der.fill(0)
  const advice = block.label === 'RSA PRIVATE KEY' ? ': `openssl pkcs8 -topk8` turns PKCS#1 into PKCS#8' : ''
  throw unreadable(`its label is neither ${PLAIN} nor ${ENCRYPTED}${advice}`)
}

async function importEncrypted(der: Uint8Array, options: ImportPemOptions): Promise<ImportedPrivateKey> {
  if (options.password === undefined) {
    throw new KeyStoreError('locked', 'The private key is encrypted: its password is needed.')
  }
  const { pkcs8, iterations } = await decryptPkcs8(der, options.password)
  try {
    return { keyPair: await importWorking(pkcs8, options), iterations }
  } catch {
    throw undecryptable()
  } finally {
    pkcs8.fill(0)
  }
}

async function importWorking(pkcs8: Uint8Array, options: PrivateKeyOptions): Promise<KeyPair> {
  const keyPair = await importPrivateKey(pkcs8, options)
  await assertWorking(keyPair)
  return keyPair
}
