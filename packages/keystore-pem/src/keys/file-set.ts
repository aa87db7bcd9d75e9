/** All files of a key, published together. */
import { KeyStoreError, type KeyRecord } from '@nomyo/core'
import { syncDirectory } from '../files/directories.js'
import type { HeldLock } from '../files/directory-lock.js'
import { MAX_KEY_FILE_BYTES, type KeyFiles } from '../files/layout.js'
import { removeFile, stageFiles, type NewFile, type StagedFile } from '../files/publishing.js'
import { readFileIfAny } from '../files/reading.js'
import type { KeyPlace } from '../options.js'
import { publicKeyFile, PUBLIC_MODE, RECORD_MODE, recordFile } from './companions.js'
import { readPrivateKeyFile } from './private-key-file.js'

const PRIVATE_MODE = 0o600

/** What the files of a key are to hold. */
export interface KeyFileSet {
  readonly files: KeyFiles
  /** The private key first. Its bytes are the caller's, who should overwrite them. */
  readonly contents: readonly [NewFile, ...NewFile[]]
}

/** The files of a key that is saved; `pem` is its private key. */
export function keyFileSet(files: KeyFiles, { keyPair, createdAt }: KeyRecord, pem: Uint8Array): KeyFileSet {
  const { publicKey } = keyPair
  return {
    files,
    contents: [
      { path: files.privateKey, bytes: pem, mode: PRIVATE_MODE },
      publicKeyFile(files, publicKey),
      recordFile(files, { fingerprint: publicKey.fingerprint, createdAt }),
    ],
  }
}

/**
 * The files of the key at `files` as they are, to be published at `target`. The private key may be encrypted.
 * @throws KeyStoreError if the private key cannot be read; what is beside it can be made again.
 */
export async function readKeyFileSet(
  place: KeyPlace,
  files: KeyFiles,
  target: KeyFiles,
): Promise<KeyFileSet | undefined> {
  const file = await readPrivateKeyFile(place, files)
  if (file === undefined) return undefined
  const publicKey = await readIfPossible(files.publicKey)
  const record = await readIfPossible(files.record)
  return {
    files: target,
    contents: [
      { path: target.privateKey, bytes: file.bytes, mode: PRIVATE_MODE },
      ...(publicKey ? [{ path: target.publicKey, bytes: publicKey, mode: PUBLIC_MODE }] : []),
      ...(record ? [{ path: target.record, bytes: record, mode: RECORD_MODE }] : []),
    ],
  }
}

/**
 * Publishes keys, one after the other. All that can fail for want of space happens before the first of them.
 * The caller holds the lock.
 */
export async function publishKeyFiles(
  directory: string,
  lock: HeldLock,
  sets: readonly KeyFileSet[],
): Promise<void> {
  const stagedSets: { readonly files: KeyFiles; readonly staged: readonly StagedFile[] }[] = []
  try {
    for (const { files, contents } of sets) stagedSets.push({ files, staged: await stageFiles(contents) })
    for (const { files, staged } of stagedSets) await publishKey(directory, lock, files, staged)
  } finally {
    for (const { staged } of stagedSets) for (const file of staged) await file.discard()
  }
}

/**
 * The private key appears or changes in one step. Its public key is taken away before and put back after, so
 * that no crash leaves one that contradicts it: a missing one is made again when the key is loaded.
 */
async function publishKey(
  directory: string,
  lock: HeldLock,
  { publicKey }: KeyFiles,
  staged: readonly StagedFile[],
): Promise<void> {
  await removeFile(publicKey)
  await syncDirectory(directory)
  await lock.assertHeld()
  for (const file of staged) await file.publish()
  await syncDirectory(directory)
}

async function readIfPossible(path: string): Promise<Uint8Array | undefined> {
  try {
    return (await readFileIfAny(path, MAX_KEY_FILE_BYTES))?.bytes
  } catch (error) {
    if (KeyStoreError.isInstance(error)) return undefined
    throw error
  }
}
