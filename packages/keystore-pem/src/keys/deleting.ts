import { hasTrustedDirectory, syncDirectory } from '../files/directories.js'
import { withLock } from '../files/directory-lock.js'
import { keyFiles } from '../files/layout.js'
import { removeFile, removeLeftovers } from '../files/publishing.js'

/** Deletes the key of that name; does nothing if there is none. */
export async function deleteKey(directory: string, name: string): Promise<void> {
  const { privateKey, publicKey, record } = keyFiles(directory, name)
  if (!(await hasTrustedDirectory(directory))) return
  await withLock(directory, async () => {
    await removeLeftovers(directory)
    for (const path of [privateKey, publicKey, record]) await removeFile(path)
    await syncDirectory(directory)
  })
}
