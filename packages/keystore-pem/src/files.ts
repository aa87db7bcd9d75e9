/** Reading and writing single files: never through a symbolic link, never half. */
import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { chmod, link, lstat, mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KeyStoreError } from '@nomyo/core'
import { isWindows } from './permissions.js'

// Windows knows neither; there a link is looked for before opening.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0
const LEFTOVER_MS = 60 * 60 * 1000
const SYMBOLIC_LINK = 'it is a symbolic link, which is never followed; put the file itself there'
const NOT_REGULAR = 'it is not a regular file'

/** A file that was read whole. */
export interface FileContent {
  /** The caller owns these bytes and should overwrite them if they are secret. */
  readonly bytes: Uint8Array
  /** Tells this file from one that takes its place. */
  readonly identity: string
}

/** How a file is published. */
export interface PublishOptions {
  /** The permissions, whatever the umask. */
  readonly mode: number
  /** Whether a file of that name may be replaced. */
  readonly replace: boolean
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
    return { bytes: await readAll(handle, path, stats.size, limit), identity: identityOf(stats) }
  } catch (error) {
    throw asKeyStoreError(error, path, 'read')
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
    throw asKeyStoreError(error, path, 'read')
  }
}

/**
 * Writes a file so that its name leads to all of it or to what was there before, at any moment and after any
 * crash. Returns its identity.
 * @throws KeyStoreError `exists` if there is anything of that name and `replace` is not set.
 */
export async function publishFile(
  path: string,
  bytes: Uint8Array,
  { mode, replace }: PublishOptions,
): Promise<string> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${randomBytes(8).toString('hex')}.tmp`)
  try {
    const identity = await writeNew(temporary, bytes, mode)
    if (replace) await rename(temporary, path)
    else await link(temporary, path) // rename(2) would replace what another process has just put there
    await removeFile(temporary)
    await syncDirectory(dirname(path))
    return identity
  } catch (error) {
    await removeFile(temporary)
    if (codeOf(error) === 'EEXIST') throw new KeyStoreError('exists', `${path} exists already.`)
    throw asKeyStoreError(error, path, 'written')
  }
}

/** Removes a file or a symbolic link, if there is one. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw asKeyStoreError(error, path, 'removed')
  }
}

/**
 * Removes what crashes have left of earlier attempts to publish `path`: second names of published files,
 * and files that nobody can still be writing.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = temporaryPrefix(path)
  for (const name of await namesIn(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue
    const leftover = join(dirname(path), name)
    const stats = await lstat(leftover).catch(() => undefined)
    if (stats === undefined || stats.isDirectory()) continue
    if (stats.nlink > 1 || Date.now() - stats.mtimeMs > LEFTOVER_MS) await removeFile(leftover)
  }
}

/** Makes a directory with mode 0700, and those above it; one that exists is taken as it is. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 })
    if (first === undefined) return
    await chmod(path, 0o700)
    await syncDirectory(dirname(first))
  } catch (error) {
    throw asKeyStoreError(error, path, 'made')
  }
}

/** Makes the names in a directory outlast a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  if (isWindows) return // directories cannot be opened there
  const handle = await open(path, constants.O_RDONLY).catch((error: unknown) => {
    throw asKeyStoreError(error, path, 'read')
  })
  try {
    await handle.sync()
  } catch (error) {
    // EINVAL: a file system that cannot sync directories.
    if (codeOf(error) !== 'EINVAL') throw asKeyStoreError(error, path, 'written')
  } finally {
    await handle.close()
  }
}

/** A KeyStoreError `unreadable` that names the file. */
export function unreadable(path: string, reason: string): KeyStoreError {
  return new KeyStoreError('unreadable', `${path} cannot be used: ${reason}. Nothing was changed.`)
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
    throw asKeyStoreError(error, path, 'read')
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

async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW
  const handle = await open(path, flags, 0o600)
  try {
    await handle.chmod(mode)
    await handle.writeFile(bytes)
    await handle.sync()
    return identityOf(await handle.stat())
  } finally {
    await handle.close()
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw asKeyStoreError(error, directory, 'read')
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`
}

// Linking changes the ctime, so it is no part of this.
function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.mtimeMs}:${stats.size}`
}

/** The `code` of an error of the operating system. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** What the operating system refused, by its code only: its messages may quote more than we want to show. */
function asKeyStoreError(error: unknown, path: string, done: string): unknown {
  const code = codeOf(error)
  if (KeyStoreError.isInstance(error) || typeof code !== 'string') return error
  return new KeyStoreError('unreadable', `${path} could not be ${done} (${code}).`)
}
