import type { KeyPlace } from '../options.js'
import { hasTrustedDirectory } from '../files/directories.js'
import { unreadable } from '../files/failure.js'
import { keyFiles, type KeyFiles } from '../files/layout.js'
import type { FileContent } from '../files/reading.js'
import { findPrivateKey } from '../pem/block.js'
import type { KeyProtection } from '../pem/private-key.js'
import { readPublicFingerprint, readRecord } from './companions.js'
import { decodePrivateKeyFile, readPrivateKeyFile } from './private-key-file.js'

/** What can be said of a key without its password. Nothing of it was compared with the private key. */
export interface KeyFileInfo {
  readonly name: string
  /** Of the public key; undefined if it stands nowhere but in the encrypted private key. */
  readonly fingerprint: string | undefined
  /** In ms since 1970; undefined if it is not recorded. */
  readonly createdAt: number | undefined
  readonly protection: KeyProtection
  /** Absolute. */
  readonly privateKeyPath: string
  /** Absolute. */
  readonly publicKeyPath: string
}

/** Describes the key of that name; undefined if there is none. Writes nothing, and asks for no password. */
export async function describeKey(place: KeyPlace, name: string): Promise<KeyFileInfo | undefined> {
  const files = keyFiles(place.directory, name)
  if (!(await hasTrustedDirectory(place.directory))) return undefined
  const file = await readPrivateKeyFile(place, files)
  if (file === undefined) return undefined
  try {
    const { protection } = findPrivateKey(file.bytes, (reason) => unreadable(files.privateKey, reason))
    const record = await readRecord(files)
    const fingerprint =
      (await readPublicFingerprint(files)) ??
      record?.fingerprint ??
      (protection.encryption === 'none' ? await readFingerprint(place, files, file) : undefined)
    const createdAt = record?.fingerprint === fingerprint ? record?.createdAt : undefined
    const { privateKey: privateKeyPath, publicKey: publicKeyPath } = files
    return { name, fingerprint, createdAt, protection, privateKeyPath, publicKeyPath }
  } finally {
    file.bytes.fill(0)
  }
}

async function readFingerprint(place: KeyPlace, files: KeyFiles, file: FileContent): Promise<string> {
  return (await decodePrivateKeyFile(place, files, file)).keyPair.publicKey.fingerprint
}
