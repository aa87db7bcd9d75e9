/** Who else may reach a private key, and who may write what is believed. */
import type { Stats } from 'node:fs'
import process from 'node:process'
import { KeyStoreError } from '@nomyo/core'

/** Whether file modes are without meaning here. */
export const isWindows: boolean = process.platform === 'win32'

const GROUP_AND_OTHERS = 0o077
const WRITE_OF_OTHERS = 0o022
const STICKY = 0o1000
const ROOT = 0

/**
 * Checks that a private key belongs to this process's user or to root, and that its mode keeps everybody else
 * out. Any other owner could read and replace it, whatever the mode. Says nothing on Windows.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerOnly(path: string, stats: Stats): void {
  if (isWindows) return
  const can = 'reach the private key'
  assertNoStranger(path, stats, can, 'It was not read. If nobody else has read or replaced it')
  if ((stats.mode & GROUP_AND_OTHERS) === 0) return
  throw insecureMode(path, stats, can, 'It was not read. If nobody else has read it: chmod 600')
}

/**
 * Checks that nobody but this process's user and root can write a file; `what` they could do.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerWrites(path: string, stats: Stats, what: string): void {
  if (isWindows) return
  const advice = 'It was not read. If nobody else has changed it'
  assertNoStranger(path, stats, what, advice)
  if ((stats.mode & WRITE_OF_OTHERS) === 0) return
  throw insecureMode(path, stats, what, `${advice}: chmod 600`)
}

/**
 * Checks that nobody but this process's user and root can replace the files in a directory. Where the sticky
 * bit is set, others can only add files, which then belong to them.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOthersCannotReplace(directory: string, stats: Stats): void {
  if (isWindows) return
  const [can, advice] = ['replace the keys in it', 'None was read or written. If nobody else has']
  assertNoStranger(directory, stats, can, advice)
  if ((stats.mode & WRITE_OF_OTHERS) === 0 || (stats.mode & STICKY) !== 0) return
  throw insecureMode(directory, stats, can, `${advice}: chmod go-w`)
}

/** Checks that a file or directory belongs to the user of this process or to root; `can` is what another could do. */
function assertNoStranger(path: string, { uid }: Stats, can: string, advice: string): void {
  const user = process.geteuid?.()
  if (uid === user || uid === ROOT || user === undefined) return
  throw insecure(
    `${path} belongs to another user (${uid}), who can ${can}. ${advice}: chown ${user} ${shellQuoted(path)}`,
  )
}

function insecureMode(path: string, { mode }: Stats, can: string, advice: string): KeyStoreError {
  return insecure(`${path} has mode ${octal(mode)}, so others can ${can}. ${advice} ${shellQuoted(path)}`)
}

function insecure(message: string): KeyStoreError {
  return new KeyStoreError('insecure_permissions', message)
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** `path` as a POSIX shell takes it. */
function shellQuoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
