/** Saving: at every moment the name leads to the old key or to the new one. */
import {
  assertReplaceable,
  exportPrivateKey,
  importPrivateKey,
  isSamePublicKey,
  ValidationError,
  type KeyPair,
  type KeyRecord,
  type SaveOptions,
} from '@nomyo/core'
import { encryptPkcs8 } from '@nomyo/core/pkcs8'
import { hasTrustedDirectory, makeDirectory } from '../files/directories.js'
import { withLock } from '../files/directory-lock.js'
import { keyFiles, type KeyFiles } from '../files/layout.js'
import { removeLeftovers } from '../files/publishing.js'
import { fileIdentity } from '../files/reading.js'
import type { KeyPlace } from '../options.js'
import { pemBytes } from '../pem/bytes.js'
import { keyFileSet, publishKeyFiles, readKeyFileSet, type KeyFileSet } from './file-set.js'
import {
  decodePrivateKeyFile,
  MAX_REPLACEMENTS_SEEN,
  readPrivateKeyFile,
  replacedAgainAndAgain,
} from './private-key-file.js'

/** Saves a key as `KeyStore.save` promises. */
export async function saveKey(
  place: KeyPlace,
  name: string,
  record: KeyRecord,
  options: SaveOptions,
): Promise<void> {
  const { files, kept } = filesFor(place, name, options)
  if (!Number.isFinite(record.createdAt)) {
    throw new ValidationError('createdAt must be a time in ms since 1970.')
  }
  let key: KeyFileSet | undefined
  try {
    for (let seen = 0; seen < MAX_REPLACEMENTS_SEEN; seen++) {
      // What takes long is done before the lock is taken; then it is seen whether it still holds.
      const stored = await findStored(place, files, options)
      assertReplaceable(stored?.fingerprint, `The key at ${files.privateKey}`, options)
      key ??= keyFileSet(files, record, await encode(record.keyPair, place))
      if (await publishInPlaceOf(stored?.identity, place, key, stored && kept)) {
        if (place.newPassword === undefined) place.warnings.unencrypted(false)
        return
      }
    }
    throw replacedAgainAndAgain(files)
  } finally {
    key?.contents[0].bytes.fill(0)
  }
}

/** @throws ValidationError for a name that is none, or twice the same. */
function filesFor(
  { directory }: KeyPlace,
  name: string,
  { replace, keepAs }: SaveOptions,
): { files: KeyFiles; kept: KeyFiles | undefined } {
  const files = keyFiles(directory, name)
  const kept = keepAs === undefined ? undefined : keyFiles(directory, keepAs)
  if (keepAs === name) throw new ValidationError('A key cannot be kept under the name that is saved.')
  return { files, kept: replace ? kept : undefined }
}

interface StoredKey {
  readonly identity: string
  /** Empty if it does not matter. */
  readonly fingerprint: string
}

/** The key that is there. The private key itself says which it is: what stands beside it could be another's. */
async function findStored(
  place: KeyPlace,
  files: KeyFiles,
  { replace, expected }: SaveOptions,
): Promise<StoredKey | undefined> {
  if (!(await hasTrustedDirectory(place.directory))) return undefined
  if (!replace || expected === undefined) {
    const identity = await fileIdentity(files.privateKey)
    return identity === undefined ? undefined : { identity, fingerprint: '' }
  }
  const file = await readPrivateKeyFile(place, files)
  if (file === undefined) return undefined
  const { keyPair } = await decodePrivateKeyFile(place, files, file)
  return { identity: file.identity, fingerprint: keyPair.publicKey.fingerprint }
}

/**
 * The bytes of the private key file, which the caller owns.
 * @throws ValidationError for a pair that is none, a key that is not exportable, a password that is too long.
 */
async function encode(keyPair: KeyPair, { newPassword: password }: KeyPlace): Promise<Uint8Array> {
  const pkcs8 = await exportPrivateKey(keyPair)
  try {
    const { publicKey } = await importPrivateKey(pkcs8)
    if (!isSamePublicKey(publicKey, keyPair.publicKey)) {
      throw new ValidationError('The public key is not that of the private key.')
    }
    if (password === undefined) return pemBytes('PRIVATE KEY', pkcs8)
    return pemBytes('ENCRYPTED PRIVATE KEY', await encryptPkcs8(pkcs8, await password.get()))
  } finally {
    pkcs8.fill(0)
  }
}

/** Publishes a key if the one of that identity, or none, is still there. */
async function publishInPlaceOf(
  identity: string | undefined,
  place: KeyPlace,
  key: KeyFileSet,
  kept: KeyFiles | undefined,
): Promise<boolean> {
  const { directory } = place
  await makeDirectory(directory)
  return withLock(directory, async (lock) => {
    if ((await fileIdentity(key.files.privateKey)) !== identity) return false
    await removeLeftovers(directory)
    const old = kept === undefined ? undefined : await readKeyFileSet(place, key.files, kept)
    try {
      await publishKeyFiles(directory, lock, old === undefined ? [key] : [old, key])
    } finally {
      old?.contents[0].bytes.fill(0)
    }
    return true
  })
}
