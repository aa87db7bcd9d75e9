/**
 * What stands beside a private key: its public key and its record. Both can be made again from the private
 * key at any time, so a missing one is never an error.
 */
import { importPublicKey, isSamePublicKey, KeyStoreError, parseJsonObject, type PublicKey } from '@nomyo/core'
import { publishFile, readFileIfAny, unreadable } from './files.js'

/** The most bytes of a file that belongs to a key: 64 KiB. */
export const MAX_KEY_FILE_BYTES: number = 64 * 1024

const PUBLIC_MODE = 0o644
const RECORD_MODE = 0o600

/**
 * Whether the public key file agrees with the key; undefined if there is none.
 * @throws KeyStoreError `unreadable` if it holds no acceptable public key.
 */
export async function publicKeyAgrees(path: string, publicKey: PublicKey): Promise<boolean | undefined> {
  const file = await readFileIfAny(path, MAX_KEY_FILE_BYTES)
  if (file === undefined) return undefined
  try {
    return isSamePublicKey(await importPublicKey(new TextDecoder().decode(file.bytes)), publicKey)
  } catch {
    throw unreadable(
      path,
      'it is not the PEM of a public key, or it is damaged; without it, it is made again',
    )
  }
}

/** Writes the public key file. */
export async function publishPublicKey(path: string, publicKey: PublicKey, replace: boolean): Promise<void> {
  await publishFile(path, new TextEncoder().encode(publicKey.pem), { mode: PUBLIC_MODE, replace })
}

/**
 * When the key was made, in ms since 1970. A key without a record, or beside the record of another key,
 * counts from now on.
 * @throws KeyStoreError `unreadable` for a damaged record.
 */
export async function creationTime(path: string, publicKey: PublicKey): Promise<number> {
  const known = await readRecord(path)
  if (known?.fingerprint === publicKey.fingerprint) return known.createdAt
  const firstSeen = Date.now()
  if (await ifWritable(publishRecord(path, publicKey, firstSeen, known !== undefined))) return firstSeen
  const raced = await readRecord(path)
  return raced?.fingerprint === publicKey.fingerprint ? raced.createdAt : firstSeen
}

/** Writes the record. */
export async function publishRecord(
  path: string,
  { fingerprint }: PublicKey,
  createdAt: number,
  replace: boolean,
): Promise<void> {
  const json = JSON.stringify({ fingerprint, createdAt }, null, 2) + '\n'
  await publishFile(path, new TextEncoder().encode(json), { mode: RECORD_MODE, replace })
}

/**
 * Whether a file could be made again. That it could not, as on a read-only file system, is no reason to
 * withhold the key.
 */
export async function ifWritable(publishing: Promise<void>): Promise<boolean> {
  try {
    await publishing
    return true
  } catch (error) {
    if (KeyStoreError.isInstance(error)) return false
    throw error
  }
}

interface KeyFileRecord {
  readonly fingerprint: string
  readonly createdAt: number
}

async function readRecord(path: string): Promise<KeyFileRecord | undefined> {
  const file = await readFileIfAny(path, MAX_KEY_FILE_BYTES)
  if (file === undefined) return undefined
  const { fingerprint, createdAt } = parseJsonObject(file.bytes, { maxDepth: 1, maxValues: 100 }) ?? {}
  if (typeof fingerprint !== 'string' || typeof createdAt !== 'number') {
    throw unreadable(path, 'it is damaged; without it, the key counts from the next time it is loaded')
  }
  return { fingerprint, createdAt }
}
