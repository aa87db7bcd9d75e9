/** Keys as files: encrypted PEM, written and read in this page. What does it is loaded when it is first needed. */
import { KeyStoreError, type KeyPair } from '@nomyo/client'
import { make } from '../elements.js'

/** Bytes: an encrypted RSA-8192 key in PEM takes less than a third of it. */
const MAX_FILE_BYTES = 64 * 1024
/** ms until which a browser has begun to save what it was given. */
const SAVING = 60_000

/** A key pair out of a file. */
export interface ReadKey {
  readonly keyPair: KeyPair
  /** Whether its password can be guessed faster than one of the files that this page writes. */
  readonly isWeak: boolean
}

/** The key as the text of a file. @throws what keeps it from being encrypted. */
export async function encryptedKey(keyPair: KeyPair, password: string): Promise<string> {
  const { exportPrivateKeyPem } = await import('@nomyo/core/pkcs8')
  return exportPrivateKeyPem(keyPair, { password })
}

/** Hands that text to the browser as a download. */
export function saveKeyFile(pem: string, fingerprint: string): void {
  const address = URL.createObjectURL(new Blob([pem], { type: 'application/x-pem-file' }))
  const link = make('a')
  link.href = address
  link.download = nameOf(fingerprint)
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), SAVING)
}

/**
 * Decrypts the key in a file.
 * @throws KeyStoreError `unreadable` for what is no encrypted key; SecurityError `decryption_failed` for a wrong
 * password.
 */
export async function readKeyFile(file: File, password: string, isExportable: boolean): Promise<ReadKey> {
  if (file.size > MAX_FILE_BYTES) {
    throw new KeyStoreError('unreadable', 'The file is too large to be one private key.')
  }
  const { importPrivateKeyPem, PBKDF2_ITERATIONS } = await import('@nomyo/core/pkcs8')
  const pem = await file.text()
  const { keyPair, iterations } = await importPrivateKeyPem(pem, { password, exportable: isExportable })
  if (iterations === undefined) {
    throw new KeyStoreError(
      'unreadable',
      'This key is not encrypted: whoever reads the file has it. Encrypt it first, such as with `openssl pkcs8 -topk8`.',
    )
  }
  return { keyPair, isWeak: iterations < PBKDF2_ITERATIONS }
}

/** Tells keys apart, and says nothing that their fingerprints do not. */
function nameOf(fingerprint: string): string {
  const beginning = fingerprint.replace('sha256/', '').replaceAll(/[^A-Za-z0-9]/g, '')
  return `nomyo-key-${beginning.slice(0, 8)}.pem`
}
