/** From a key pair to what is stored of it, and back. */
import { importPublicKey, KeyStoreError, SecurityError, type KeyRecord } from '@nomyo/core'
import { assertWorking, PBKDF2_ITERATIONS } from '@nomyo/core/pkcs8'
import type { PasswordKeys } from './password-keys.js'
import { generateWrappingKey, openPrivateKey, sealPrivateKey, withoutExport } from './private-key-sealing.js'
import {
  contextOf,
  SALT_BYTES,
  storedKeyOf,
  unreadable,
  type EncryptedPrivateKey,
  type StoredKey,
} from './stored-key.js'

/** What all keys of a store have in common. */
export interface Protection {
  /** The database's name. */
  readonly database: string
  /** Undefined if the store has no password. */
  readonly password: PasswordKeys | undefined
  /** Whether private keys can be exported once they are loaded. */
  readonly exportable: boolean
}

/** What is to be stored of a key without a password: `wrapped` needs an extractable private key. */
export async function keep(
  { keyPair, createdAt }: KeyRecord,
  form: 'live' | 'wrapped',
  { database, exportable }: Protection,
): Promise<StoredKey> {
  const { privateKey, publicKey } = keyPair
  if (form === 'live') {
    const key = exportable ? privateKey : await withoutExport(privateKey)
    return storedKeyOf(keyPair, createdAt, { form, key })
  }
  const wrappingKey = await generateWrappingKey()
  const context = contextOf(database, publicKey.fingerprint, createdAt)
  const sealed = await sealPrivateKey(privateKey, wrappingKey, context)
  return storedKeyOf(keyPair, createdAt, { form, wrappingKey, ...sealed })
}

/** What is to be stored of a key, whose private half must be extractable, under a password. */
export async function encrypt(
  { keyPair, createdAt }: KeyRecord,
  password: PasswordKeys,
  { database }: Protection,
): Promise<StoredKey> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const iterations = PBKDF2_ITERATIONS
  const context = contextOf(database, keyPair.publicKey.fingerprint, createdAt)
  const sealed = await sealPrivateKey(keyPair.privateKey, await password.derive(salt, iterations), context)
  return storedKeyOf(keyPair, createdAt, { form: 'encrypted', salt, iterations, ...sealed })
}

/**
 * The key of a record, once it has unwrapped what was wrapped for it.
 * @param what how messages speak of it.
 * @throws KeyStoreError `unreadable` if its parts do not belong together, `locked` if it is encrypted and there
 * is no password.
 * @throws SecurityError `decryption_failed` for a wrong password or damage under it: the same for every cause,
 * without a `cause`.
 */
export async function recover(stored: StoredKey, what: string, protection: Protection): Promise<KeyRecord> {
  const { createdAt, fingerprint } = stored
  const publicKey = await importPublicKey(stored.publicKey).catch(() => undefined)
  if (publicKey?.fingerprint !== fingerprint) throw unreadable(what, 'its public key is damaged')
  const keyPair = { publicKey, privateKey: await recoverPrivateKey(stored, what, protection) }
  await assertWorking(keyPair).catch(() => {
    if (stored.privateKey.form === 'encrypted') throw undecryptable()
    throw unreadable(what, 'its private key is not that of its public key')
  })
  return { keyPair, createdAt }
}

async function recoverPrivateKey(
  stored: StoredKey,
  what: string,
  { database, password, exportable }: Protection,
): Promise<CryptoKey> {
  const { privateKey, fingerprint, createdAt } = stored
  if (privateKey.form === 'live') {
    return exportable ? privateKey.key : withoutExport(privateKey.key)
  }
  const context = contextOf(database, fingerprint, createdAt)
  if (privateKey.form === 'encrypted') {
    if (password === undefined) {
      throw new KeyStoreError('locked', `${what} is encrypted: its password is needed.`)
    }
    return decrypt(privateKey, password, context, exportable)
  }
  try {
    return await openPrivateKey(privateKey, privateKey.wrappingKey, context, exportable)
  } catch {
    throw unreadable(what, 'it is damaged')
  }
}

async function decrypt(
  encrypted: EncryptedPrivateKey,
  password: PasswordKeys,
  context: Uint8Array<ArrayBuffer>,
  exportable: boolean,
): Promise<CryptoKey> {
  const wrappingKey = await password.derive(encrypted.salt, encrypted.iterations)
  try {
    return await openPrivateKey(encrypted, wrappingKey, context, exportable)
  } catch {
    password.forget()
    throw undecryptable()
  }
}

function undecryptable(): SecurityError {
  return new SecurityError(
    'decryption_failed',
    'The private key could not be decrypted: the password is wrong, or the key is damaged.',
  )
}
