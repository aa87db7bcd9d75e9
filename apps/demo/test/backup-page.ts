/** Runs in a page of its own: takes a key out of one database, and puts it into another. */
import { CURRENT_KEY, KeyManager, KeyStoreError, open, seal, type KeyPair } from '@nomyo/core'
import { exportPrivateKeyPem, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'

/** A key that was taken out, and something that only it opens. */
export interface Backup {
  readonly fingerprint: string
  /** Encrypted. */
  readonly pem: string
  /** The bytes of an envelope. */
  readonly sealed: readonly number[]
}

/** What became of a key that was put in. */
export interface Restored {
  readonly fingerprint: string
  readonly extractable: boolean
  /** What it opened. */
  readonly opened: string
}

/** Generates an exportable key in that database, seals `text` to it, and takes it out. */
export async function takeOut(databaseName: string, password: string, text: string): Promise<Backup> {
  const store = indexedDBKeyStore({ databaseName, exportable: true })
  const { publicKey } = (await new KeyManager({ store }).generate()).keyPair
  const sealed = await seal(new TextEncoder().encode(text), publicKey)
  // From another store: the key that was written, not the one that is in memory.
  const kept = await keyIn(databaseName, { exportable: true })
  const pem = await exportPrivateKeyPem(kept, { password })
  return { fingerprint: publicKey.fingerprint, pem, sealed: [...sealed] }
}

/** Puts a key into that database, and opens with what the database gives back. */
export async function putIn(
  databaseName: string,
  password: string,
  { pem, sealed }: Omit<Backup, 'fingerprint'>,
): Promise<Restored> {
  const store = indexedDBKeyStore({ databaseName })
  const { keyPair } = await importPrivateKeyPem(pem, { password })
  await store.save(CURRENT_KEY, { keyPair, createdAt: Date.now() })
  const kept = await keyIn(databaseName, {})
  const { plaintext } = await open(new Uint8Array(sealed), kept)
  return {
    fingerprint: kept.publicKey.fingerprint,
    extractable: kept.privateKey.extractable,
    opened: new TextDecoder().decode(plaintext),
  }
}

async function keyIn(databaseName: string, options: { exportable?: boolean }): Promise<KeyPair> {
  const record = await indexedDBKeyStore({ databaseName, ...options }).load(CURRENT_KEY)
  if (record === undefined) throw new KeyStoreError('not_found', `Nothing was kept in ${databaseName}.`)
  return record.keyPair
}
