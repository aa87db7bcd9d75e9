/** From the bytes of a private key file to a key pair. */
import { Buffer } from 'node:buffer'
import { createPrivateKey, type PrivateKeyInput } from 'node:crypto'
import { importPrivateKey, KeyStoreError, NomyoError, SecurityError, type KeyPair } from '@nomyo/core'
import { undecryptable } from '@nomyo/core/internal'
import { assertWorking, decryptPkcs8 } from '@nomyo/core/pkcs8'
import { unreadable } from '../files/failure.js'
import { MAX_KEY_FILE_BYTES } from '../files/layout.js'
import type { PasswordSource } from '../password.js'
import type { ReadPrivateKey } from './private-key.js'
import { findPrivateKey, type Pkcs8Block, type TraditionalBlock } from './block.js'

/** What is needed to read a private key. */
export interface DecodingOptions {
  /** How errors speak of it: the path of its file. */
  readonly subject: string
  /** Asked only if the key is encrypted, and can be opened at a bounded cost. */
  readonly password: PasswordSource | undefined
  readonly exportable: boolean
}

/**
 * The key pair in the bytes of a private key file, which the caller owns.
 * @throws KeyStoreError `unreadable`, `locked` or SecurityError `decryption_failed`, with nothing of the
 * file's content in it.
 */
export async function decodePrivateKey(
  file: Uint8Array,
  { subject, password, exportable }: DecodingOptions,
): Promise<ReadPrivateKey> {
  const refuse = (reason: string): Error => unreadable(subject, reason)
  if (file.length > MAX_KEY_FILE_BYTES) throw refuse(`it has more than ${MAX_KEY_FILE_BYTES} bytes`)
  const block = findPrivateKey(file, refuse)
  const { protection } = block
  if (block.kind === 'plain') return { keyPair: await importPlain(block.pem, exportable, refuse), protection }
  if (password === undefined) {
    throw new KeyStoreError('locked', `${subject} is encrypted: its password is needed. Nothing was changed.`)
  }
  const keyPair = await importEncrypted(block, await password.get(), exportable, refuse).catch(
    (error: unknown) => {
      if (SecurityError.isInstance(error)) password.reject()
      throw error
    },
  )
  password.confirm()
  return { keyPair, protection }
}

async function importPlain(
  key: Buffer,
  exportable: boolean,
  refuse: (reason: string) => Error,
): Promise<KeyPair> {
  // OpenSSL's words help nobody; it is not said which byte is wrong in a secret.
  const pkcs8 = pkcs8Of({ key, format: 'pem' })
  if (pkcs8 === undefined) throw refuse('it is damaged, or not the PEM of an RSA private key')
  try {
    return await importWorking(pkcs8, exportable)
  } catch (error) {
    throw refuse(reasonOf(error))
  }
}

async function importEncrypted(
  block: TraditionalBlock | Pkcs8Block,
  password: string,
  exportable: boolean,
  refuse: (reason: string) => Error,
): Promise<KeyPair> {
  const pkcs8 = await decrypt(block, password).catch((error: unknown) => {
    // It depends on what shows without the password.
    throw KeyStoreError.isInstance(error) ? refuse(reasonOf(error)) : error
  })
  if (pkcs8 === undefined) throw undecryptable()
  try {
    return await importWorking(pkcs8, exportable)
  } catch {
    throw undecryptable()
  }
}

async function decrypt(
  block: TraditionalBlock | Pkcs8Block,
  passphrase: string,
): Promise<Uint8Array | undefined> {
  if (block.kind === 'traditional') return pkcs8Of({ key: block.pem, format: 'pem', passphrase })
  if (block.reader === 'core') return (await decryptPkcs8(block.der, passphrase)).pkcs8
  return pkcs8Of({ key: Buffer.from(block.der), format: 'der', type: 'pkcs8', passphrase })
}

/** PKCS#8 in clear, as OpenSSL reads it; undefined if it does not. */
function pkcs8Of(input: PrivateKeyInput): Uint8Array | undefined {
  try {
    return createPrivateKey(input).export({ type: 'pkcs8', format: 'der' })
  } catch {
    return undefined
  }
}

/** Overwrites `pkcs8`. */
async function importWorking(pkcs8: Uint8Array, exportable: boolean): Promise<KeyPair> {
  try {
    const keyPair = await importPrivateKey(pkcs8, { exportable })
    await assertWorking(keyPair)
    return keyPair
  } finally {
    pkcs8.fill(0)
  }
}

function reasonOf(error: unknown): string {
  return NomyoError.isInstance(error) ? error.message.replace(/\.$/, '') : 'this runtime cannot import it'
}
