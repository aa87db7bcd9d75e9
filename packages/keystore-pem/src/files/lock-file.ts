/**
 * One lock as a file, which is made only if there is none (O_EXCL) and says who holds it.
 *
 * A holder may die, so others must be able to remove its lock; and two that try at once must not remove the
 * lock that a third has made meanwhile. Therefore every lock has an id of its own, and whoever removes
 * somebody else's must first make the file that is named after that id, its claim, which again only one can:
 *
 * - A lock with an id never comes back once it is removed, and while its claim is held nobody else removes
 *   it. So if the holder of the claim reads that id in the lock file, it still stands there when the file is
 *   removed: what is removed is the dead one's.
 * - Who comes late, after the claim was given back, reads another id, or none, and removes nothing.
 * - A claim is a lock like any other: that of a process that died is removed under a claim of its own.
 * - A holder gives its lock back without a claim only while it is far too young for anybody to call it
 *   abandoned.
 *
 * What is left: a process that is stopped for 15 s or more exactly between a check and the step after it.
 * Before a step that matters the holder therefore looks whether the lock is still its own, and who takes a
 * lock over removes the files that the former holder was writing.
 */
import { randomBytes } from 'node:crypto'
import { constants, readFileSync, readlinkSync } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { KeyStoreError, parseJsonObject } from '@nomyo/core'
import { asUnwritable, codeOf } from './failure.js'
import { LOCK_FILE } from './layout.js'
import { isWindows } from './permissions.js'
import { removeFile } from './publishing.js'
import { NO_FOLLOW, readFileIfAny } from './reading.js'

/** Locks are held for milliseconds: one of this age, in ms, has lost its holder, wherever that was. */
export const ABANDONED_MS = 30_000

/**
 * Who makes a lock says at once that it is theirs: one of this age, in ms, that says nothing was left by a
 * process that died in between.
 */
const UNSIGNED_MS = 1_000

const MAX_BYTES = 4096
const ID = /^[0-9a-f]{16}$/

/** A lock that is there. */
export interface Lock {
  readonly id: string
  /** The process that holds it; undefined if it does not say so, or may not be read. */
  readonly pid: number | undefined
  /** Where that process runs: the number means nothing anywhere else. */
  readonly place: string | undefined
  /** Whether it could be read, and says nothing, or not all of it. */
  readonly isUnsigned: boolean
  /** In ms since 1970. */
  readonly since: number
}

/**
 * Makes the lock and returns its id; undefined if there is one.
 * @throws KeyStoreError `unwritable`, such as in a directory that may only be read.
 */
export async function createLock(path: string): Promise<string | undefined> {
  const id = randomBytes(8).toString('hex')
  try {
    const handle = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
      0o600,
    )
    try {
      await handle.chmod(0o600) // whatever the umask
      await handle.writeFile(JSON.stringify({ id, pid: process.pid, place: placeOfThisProcess() }))
    } catch {
      // It locks all the same for a moment, on a full disk too, where keys must still be deletable.
      return (await readLock(path))?.id
    } finally {
      await handle.close()
    }
    return id
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || isBeingDeleted(error)) return undefined
    throw asUnwritable(error, path, 'made')
  }
}

/** The lock that is there, if any. */
export async function readLock(path: string): Promise<Lock | undefined> {
  const { ino, mtimeMs } = (await statIfAny(path)) ?? {}
  if (ino === undefined || mtimeMs === undefined) return undefined
  const file = await readFileIfAny(path, MAX_BYTES).catch(ignoreUnreadable)
  const { id, pid, place } = (file && parseJsonObject(file.bytes, { maxDepth: 1, maxValues: 10 })) ?? {}
  const isSigned = typeof id === 'string' && ID.test(id)
  return {
    id: isSigned ? id : `${ino}-${mtimeMs}`,
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined,
    place: typeof place === 'string' ? place : undefined,
    isUnsigned: file !== undefined && !isSigned,
    since: file?.modifiedAt ?? mtimeMs,
  }
}

/** Whether nobody holds it any more: its process is gone, or it is older than any such lock can be. */
export function isAbandoned({ pid, place, isUnsigned, since }: Lock): boolean {
  if (Date.now() - since > (isUnsigned ? UNSIGNED_MS : ABANDONED_MS)) return true
  return pid !== undefined && place === placeOfThisProcess() && !isRunning(pid)
}

/** Removes the lock with this id, and no other. If another process is just doing so, it is left to that. */
export async function removeLock(path: string, id: string): Promise<void> {
  const claim = join(dirname(path), `${LOCK_FILE}.${id}`)
  if ((await createLock(claim)) === undefined) {
    const other = await readLock(claim)
    if (other !== undefined && isAbandoned(other)) await removeLock(claim, other.id)
    return
  }
  try {
    if ((await readLock(path))?.id === id) await removeFile(path)
  } finally {
    await removeFile(claim)
  }
}

async function statIfAny(path: string): Promise<{ ino: number; mtimeMs: number } | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw asUnwritable(error, path, 'made')
  })
}

function ignoreUnreadable(error: unknown): undefined {
  if (!KeyStoreError.isInstance(error)) throw error
}

/** Windows refuses to make a file while one of that name is open, though deleted. */
function isBeingDeleted(error: unknown): boolean {
  return isWindows && (codeOf(error) === 'EPERM' || codeOf(error) === 'EACCES' || codeOf(error) === 'EBUSY')
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH' // EPERM: it runs, as another user
  }
}

let place: string | undefined

/** The host by its name and its start, and the process's namespace: within it a number means one process. */
function placeOfThisProcess(): string {
  place ??= [
    hostname(),
    ifAny(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    ifAny(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ')
  return place
}

/** Empty where there is no such thing as Linux has. */
function ifAny(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
