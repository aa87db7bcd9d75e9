/** Loading takes no lock, so that it works where nothing can be written; it sees whether files change meanwhile. */
import { KeyStoreError, type KeyPair, type KeyRecord } from '@nomyo/core'
import { hasTrustedDirectory, syncDirectory } from '../files/directories.js'
import { withLock } from '../files/directory-lock.js'
import { unreadable } from '../files/failure.js'
import { keyFiles, type KeyFiles } from '../files/layout.js'
import { stageFiles, type NewFile } from '../files/publishing.js'
import { fileIdentity, type FileContent } from '../files/reading.js'
import type { KeyPlace } from '../options.js'
import { publicKeyFile, readPublicFingerprint, readRecord, recordFile } from './companions.js'
import {
  decodePrivateKeyFile,
  MAX_REPLACEMENTS_SEEN,
  readPrivateKeyFile,
  replacedAgainAndAgain,
} from './private-key-file.js'

/** The key of that name; undefined if there is none. */
export async function loadKey(place: KeyPlace, name: string): Promise<KeyRecord | undefined> {
  const files = keyFiles(place.directory, name)
  if (!(await hasTrustedDirectory(place.directory))) return undefined
  for (let seen = 0; seen < MAX_REPLACEMENTS_SEEN; seen++) {
    const file = await readPrivateKeyFile(place, files)
    if (file === undefined) return undefined
    const record = await loadFrom(place, files, file)
    if (record !== undefined) return record
  }
  throw replacedAgainAndAgain(files)
}

/** The key of a file that was read; undefined if another has taken its place meanwhile. */
async function loadFrom(place: KeyPlace, files: KeyFiles, file: FileContent): Promise<KeyRecord | undefined> {
  const { keyPair, protection } = await decodePrivateKeyFile(place, files, file)
  if (protection.encryption === 'none') place.warnings.unencrypted(place.password !== undefined)
  if (protection.encryption === 'weak') place.warnings.weaklyEncrypted()
  const isReplaced = async (): Promise<boolean> => (await fileIdentity(files.privateKey)) !== file.identity
  const companions = await readCompanions(files, keyPair)
  if (await isReplaced()) return undefined
  const { contradicts, missing, createdAt } = companions
  if (contradicts) throw contradiction(files)
  if (missing.length === 0) return { keyPair, createdAt }
  try {
    return await withLock(place.directory, async () => {
      if (await isReplaced()) return undefined
      return { keyPair, createdAt: await complete(place, files, keyPair) }
    })
  } catch (error) {
    // That they cannot be made again, as on a read-only file system, is no reason to withhold the key.
    if (isCode(error, 'unwritable') || isCode(error, 'busy')) return { keyPair, createdAt }
    throw error
  }
}

interface Companions {
  readonly contradicts: boolean
  /** As they should be. */
  readonly missing: readonly NewFile[]
  /** A key without a record, or beside the record of another key, counts from now on. */
  readonly createdAt: number
}

async function readCompanions(files: KeyFiles, { publicKey }: KeyPair): Promise<Companions> {
  const { fingerprint } = publicKey
  const publicFingerprint = await readPublicFingerprint(files)
  const record = await readRecord(files)
  const isKnown = record?.fingerprint === fingerprint
  const createdAt = isKnown ? record.createdAt : Date.now()
  return {
    contradicts: publicFingerprint !== undefined && publicFingerprint !== fingerprint,
    missing: [
      ...(publicFingerprint === undefined ? [publicKeyFile(files, publicKey)] : []),
      ...(isKnown ? [] : [recordFile(files, { fingerprint, createdAt })]),
    ],
    createdAt,
  }
}

/** Makes what is missing, under the lock. */
async function complete({ directory }: KeyPlace, files: KeyFiles, keyPair: KeyPair): Promise<number> {
  const { contradicts, missing, createdAt } = await readCompanions(files, keyPair)
  if (contradicts) throw contradiction(files)
  for (const staged of await stageFiles(missing)) await staged.publish()
  if (missing.length > 0) await syncDirectory(directory)
  return createdAt
}

function contradiction({ publicKey, privateKey }: KeyFiles): KeyStoreError {
  return unreadable(publicKey, `it is not the public key of ${privateKey}`)
}

function isCode(error: unknown, code: string): boolean {
  return KeyStoreError.isInstance(error) && error.code === code
}
