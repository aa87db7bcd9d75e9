/** The directories that files stand in. */
import { constants, type Stats } from 'node:fs'
import { chmod, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asUnreadable, asUnwritable, codeOf, unreadable } from './failure.js'
import { assertOthersCannotReplace, isWindows } from './permissions.js'

/** Makes a directory with mode 0700, and those above it; one that exists is taken as it is. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 })
    if (first === undefined) return
    await chmod(path, 0o700)
    await syncDirectory(dirname(first))
  } catch (error) {
    throw asUnwritable(error, path, 'made')
  }
}

/**
 * Whether there is such a directory, in which nobody but its owner and root can replace files.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it; `unreadable` for what is no
 * directory.
 */
export async function hasTrustedDirectory(path: string): Promise<boolean> {
  const stats = await statIfAny(path)
  if (stats === undefined) return false
  if (!stats.isDirectory()) throw unreadable(path, 'it is not a directory')
  assertOthersCannotReplace(path, stats)
  return true
}

/** Makes the names in a directory outlast a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  if (isWindows) return // directories cannot be opened there
  const handle = await open(path, constants.O_RDONLY).catch((error: unknown) => {
    throw asUnwritable(error, path, 'written')
  })
  try {
    await handle.sync()
  } catch (error) {
    // EINVAL: a file system that cannot sync directories.
    if (codeOf(error) !== 'EINVAL') throw asUnwritable(error, path, 'written')
  } finally {
    await handle.close()
  }
}

async function statIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw asUnreadable(error, path)
  }
}
