/** Writing single files: never through a symbolic link, never half. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asUnreadable, asUnwritable, codeOf } from './failure.js'
import { NO_FOLLOW } from './reading.js'

// What `stageFile` makes, and the claims on locks (see lock-file.ts).
const LEFTOVER = /^\.(?:[a-z_]+\.(?:pem|json)\.[0-9a-f]{16}\.tmp|nomyo\.lock\..+)$/

/** A file to be written. */
export interface NewFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** The permissions, whatever the umask. */
  readonly mode: number
}

/** A file that is written and on the disk, under a name that nobody reads. */
export interface StagedFile {
  /** Gives it its name, in one step, in place of what has it. */
  publish(): Promise<void>
  /** Removes it, unless it was published. */
  discard(): Promise<void>
}

/**
 * Writes a file so that only giving it its name is left. The caller holds the directory's lock.
 * @throws KeyStoreError `unwritable`, such as on a full disk; then nothing of it stays.
 */
export async function stageFile({ path, bytes, mode }: NewFile): Promise<StagedFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`)
  try {
    await writeNew(temporary, bytes, mode)
  } catch (error) {
    await removeFile(temporary)
    throw asUnwritable(error, path, 'written')
  }
  return {
    publish: () => renameFile(temporary, path),
    discard: () => removeFile(temporary),
  }
}

/** Stages all of them, or none. */
export async function stageFiles(files: readonly NewFile[]): Promise<StagedFile[]> {
  const staged: StagedFile[] = []
  try {
    for (const file of files) staged.push(await stageFile(file))
    return staged
  } catch (error) {
    for (const file of staged) await file.discard()
    throw error
  }
}

/** Removes a file or a symbolic link, if there is one. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw asUnwritable(error, path, 'removed')
  }
}

/**
 * Removes what processes that died have left behind. The caller holds the directory's lock, so nobody is
 * writing these files any more; one who lost the lock in its sleep then finds that its file is gone.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (LEFTOVER.test(name)) await removeFile(join(directory, name))
  }
}

async function renameFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    throw asUnwritable(error, to, 'written')
  }
}

async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW
  const handle = await open(path, flags, 0o600)
  try {
    await handle.chmod(mode)
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    throw asUnreadable(error, directory)
  }
}
