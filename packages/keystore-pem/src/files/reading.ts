/** Reading single files: never through a symbolic link, never without end. */
import { constants, type Stats } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { asUnreadable, codeOf, unreadable } from './failure.js'
import { isWindows } from './permissions.js'

// Windows knows neither; there a link is looked for before opening.
/** Refuses a symbolic link when a file is opened. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0
const SYMBOLIC_LINK = 'it is a symbolic link, which is never followed; put the file itself there'
const NOT_REGULAR = 'it is not a regular file'

/** A file that was read whole. */
export interface FileContent {
  /** The caller owns these bytes and should overwrite them if they are secret. */
  readonly bytes: Uint8Array
  /** Tells this file from one that takes its place. */
  readonly identity: string
  /** In ms since 1970. */
  readonly modifiedAt: number
}

/**
 * Reads a regular file of at most `limit` bytes; undefined only if there is none. `check` sees what it is
 * before a byte is read.
 * @throws KeyStoreError `unreadable` for links, pipes, directories, oversized files and failures to read.
 */
export async function readFileIfAny(
  path: string,
  limit: number,
  check?: (stats: Stats) => void,
): Promise<FileContent | undefined> {
  const handle = await openForReading(path)
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw unreadable(path, NOT_REGULAR)
    check?.(stats)
    const bytes = await readAll(handle, path, stats.size, limit)
    return { bytes, identity: identityOf(stats), modifiedAt: stats.mtimeMs }
  } catch (error) {
    throw asUnreadable(error, path)
  } finally {
    await handle.close()
  }
}

/** What `FileContent.identity` would be for the file that is there now; undefined if there is none. */
export async function fileIdentity(path: string): Promise<string | undefined> {
  try {
    return identityOf(await lstat(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw asUnreadable(error, path)
  }
}

async function openForReading(path: string): Promise<FileHandle | undefined> {
  try {
    if (isWindows && (await lstat(path)).isSymbolicLink()) throw unreadable(path, SYMBOLIC_LINK)
    return await open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    // O_NOFOLLOW gives ELOOP on Linux and macOS, EMLINK on FreeBSD; a socket gives ENXIO.
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'EMLINK') throw unreadable(path, SYMBOLIC_LINK)
    if (codeOf(error) === 'ENXIO') throw unreadable(path, NOT_REGULAR)
    throw asUnreadable(error, path)
  }
}

async function readAll(handle: FileHandle, path: string, size: number, limit: number): Promise<Uint8Array> {
  if (size > limit) throw unreadable(path, `it has more than ${limit} bytes`)
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.mtimeMs}:${stats.size}`
}
