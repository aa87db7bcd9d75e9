/** Whoever changes files in a key directory does so alone: within this process, and among all processes. */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { KeyStoreError } from '@nomyo/core'
import { asUnwritable } from './failure.js'
import { LOCK_FILE } from './layout.js'
import { ABANDONED_MS, createLock, isAbandoned, readLock, removeLock, type Lock } from './lock-file.js'
import { removeFile } from './publishing.js'

const WAIT_MS = 10_000
const MIN_POLL_MS = 2
const MAX_POLL_MS = 12

/** The last task for each directory; the next one waits for it. */
const pending = new Map<string, Promise<unknown>>()

/** What a task that holds the lock can ask. */
export interface HeldLock {
  /** @throws KeyStoreError `busy` if the process slept for so long that others took the lock over. */
  assertHeld(): Promise<void>
}

/**
 * Runs `task` while nobody else who uses this function changes files in that directory, which must exist.
 * @throws KeyStoreError `busy` if another process holds the lock for 10 s, `unwritable` if it cannot be made.
 */
export async function withLock<T>(directory: string, task: (lock: HeldLock) => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS
  const real = await realpath(directory).catch((error: unknown) => {
    throw asUnwritable(error, directory, 'written')
  })
  return inTurn(real, async () => {
    const path = join(real, LOCK_FILE)
    const id = await acquire(path, deadline)
    const since = Date.now()
    try {
      return await task({ assertHeld: () => assertHeld(path, id) })
    } finally {
      await release(path, id, since)
    }
  })
}

async function inTurn<T>(directory: string, task: () => Promise<T>): Promise<T> {
  const turn = (pending.get(directory) ?? Promise.resolve()).then(task)
  const settled = turn.catch(() => undefined)
  pending.set(directory, settled)
  try {
    return await turn
  } finally {
    if (pending.get(directory) === settled) pending.delete(directory)
  }
}

async function acquire(path: string, deadline: number): Promise<string> {
  for (;;) {
    const id = await createLock(path)
    if (id !== undefined) return id
    const held = await readLock(path)
    if (held !== undefined && isAbandoned(held)) await removeLock(path, held.id)
    else if (performance.now() > deadline) throw busy(path, held)
    // Not all at the same time.
    await setTimeout(MIN_POLL_MS + Math.random() * (MAX_POLL_MS - MIN_POLL_MS))
  }
}

async function assertHeld(path: string, id: string): Promise<void> {
  const held = await readLock(path)
  if (held?.id !== id) throw busy(path, held)
}

/** Gives the lock back. If that fails, others find that its holder is gone, or that it is too old. */
async function release(path: string, id: string, since: number): Promise<void> {
  try {
    // While it is young it can only be ours: see lock-file.ts.
    if (Date.now() - since < ABANDONED_MS / 2) await removeFile(path)
    else await removeLock(path, id)
  } catch {
    // What was done under it is done.
  }
}

function busy(path: string, held: Lock | undefined): KeyStoreError {
  const holder = held?.pid === undefined ? 'another process' : `another process (${held.pid})`
  return new KeyStoreError(
    'busy',
    `${path} is held by ${holder}. Nothing was changed. Try again; if it stays and no such process is at work, ` +
      'delete that file.',
  )
}
