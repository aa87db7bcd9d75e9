/**
 * What stands beside a private key: its public key and its record. Both can be made again from the private
 * key at any time, so a missing one is never an error.
 */
import { importPublicKey, parseJsonObject, type PublicKey } from '@nomyo/core'
import { unreadable } from '../files/failure.js'
import { MAX_KEY_FILE_BYTES, type KeyFiles } from '../files/layout.js'
import { assertOwnerWrites } from '../files/permissions.js'
import type { NewFile } from '../files/publishing.js'
import { readFileIfAny } from '../files/reading.js'

/** The permissions of a public key file. */
export const PUBLIC_MODE = 0o644
/** The permissions of a record. */
export const RECORD_MODE = 0o600

/** Which key it is and when it was made. */
export interface KeyFileRecord {
  readonly fingerprint: string
  /** In ms since 1970. */
  readonly createdAt: number
}

/**
 * The fingerprint of the public key file; undefined if there is none.
 * @throws KeyStoreError `unreadable` if it holds no acceptable public key.
 */
export async function readPublicFingerprint({ publicKey: path }: KeyFiles): Promise<string | undefined> {
  const file = await readFileIfAny(path, MAX_KEY_FILE_BYTES)
  if (file === undefined) return undefined
  try {
    return (await importPublicKey(new TextDecoder().decode(file.bytes))).fingerprint
  } catch {
    throw unreadable(
      path,
      'it is not the PEM of a public key, or it is damaged; without it, it is made again',
    )
  }
}

/**
 * The record; undefined if there is none.
 * @throws KeyStoreError `unreadable` for a damaged record, `insecure_permissions` for one that others can write.
 */
export async function readRecord({ record: path }: KeyFiles): Promise<KeyFileRecord | undefined> {
  const file = await readFileIfAny(path, MAX_KEY_FILE_BYTES, (stats) =>
    assertOwnerWrites(path, stats, 'change when the key is replaced'),
  )
  if (file === undefined) return undefined
  const { fingerprint, createdAt } = parseJsonObject(file.bytes, { maxDepth: 1, maxValues: 100 }) ?? {}
  if (typeof fingerprint !== 'string' || typeof createdAt !== 'number') {
    throw unreadable(path, 'it is damaged; without it, the key counts from the next time it is loaded')
  }
  return { fingerprint, createdAt }
}

/** The public key file to be written. */
export function publicKeyFile({ publicKey: path }: KeyFiles, { pem }: PublicKey): NewFile {
  return { path, bytes: new TextEncoder().encode(pem), mode: PUBLIC_MODE }
}

/** The record to be written. */
export function recordFile({ record: path }: KeyFiles, { fingerprint, createdAt }: KeyFileRecord): NewFile {
  const json = JSON.stringify({ fingerprint, createdAt }, null, 2) + '\n'
  return { path, bytes: new TextEncoder().encode(json), mode: RECORD_MODE }
}
