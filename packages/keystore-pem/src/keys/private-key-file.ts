/** The file of a private key, as it is needed to load, replace, keep and describe it. */
import { KeyStoreError } from '@nomyo/core'
import { MAX_KEY_FILE_BYTES, type KeyFiles } from '../files/layout.js'
import { assertOwnerOnly } from '../files/permissions.js'
import { readFileIfAny, type FileContent } from '../files/reading.js'
import type { KeyPlace } from '../options.js'
import { decodePrivateKey } from '../pem/decoding.js'
import type { ReadPrivateKey } from '../pem/private-key.js'

/** How often a key may be replaced while it is worked with. */
export const MAX_REPLACEMENTS_SEEN = 5

/** The bytes of the private key file, which the caller owns; undefined if there is none. */
export async function readPrivateKeyFile(
  { warnings }: KeyPlace,
  { privateKey: path }: KeyFiles,
): Promise<FileContent | undefined> {
  const file = await readFileIfAny(path, MAX_KEY_FILE_BYTES, (stats) => assertOwnerOnly(path, stats))
  if (file !== undefined) warnings.modesUnchecked()
  return file
}

/** The private key in that file, which is overwritten. */
export async function decodePrivateKeyFile(
  { password, exportable }: KeyPlace,
  { privateKey: subject }: KeyFiles,
  { bytes }: FileContent,
): Promise<ReadPrivateKey> {
  try {
    return await decodePrivateKey(bytes, { subject, password, exportable })
  } finally {
    bytes.fill(0)
  }
}

/** A KeyStoreError `busy`. */
export function replacedAgainAndAgain({ privateKey }: KeyFiles): KeyStoreError {
  return new KeyStoreError('busy', `${privateKey} is being replaced again and again. Try again.`)
}
