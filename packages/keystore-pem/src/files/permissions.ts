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
  const user = strangerTo(stats)
  if (user !== undefined) {
    throw insecure(
      `${path} belongs to another user (${stats.uid}), who can reach the private key. It was not read. ` +
        `If nobody else has read or replaced it: chown ${user} ${shellQuoted(path)}`,
    )
  }
  if ((stats.mode & GROUP_AND_OTHERS) !== 0) {
    throw insecure(
      `${path} has mode ${octal(stats.mode)}, so others can reach the private key. It was not read. ` +
        `If nobody else has read it: chmod 600 ${shellQuoted(path)}`,
    )
  }
}

/**
 * Checks that nobody but this process's user and root can write a file; `what` they could do.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerWrites(path: string, stats: Stats, what: string): void {
  if (isWindows) return
  const user = strangerTo(stats)
  if (user !== undefined) {
    throw insecure(
      `${path} belongs to another user (${stats.uid}), who can ${what}. It was not read. ` +
        `If nobody else has changed it: chown ${user} ${shellQuoted(path)}`,
    )
  }
  if ((stats.mode & WRITE_OF_OTHERS) === 0) return
  throw insecure(
    `${path} has mode ${octal(stats.mode)}, so others can ${what}. It was not read. ` +
      `If nobody else has changed it: chmod 600 ${shellQuoted(path)}`,
  )
}

/**
 * Checks that nobody but this process's user and root can replace the files in a directory. Where the sticky
 * bit is set, others can only add files, which then belong to them.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOthersCannotReplace(directory: string, stats: Stats): void {
  if (isWindows) return
  const user = strangerTo(stats)
  if (user !== undefined) {
    throw insecure(
      `${directory} belongs to another user (${stats.uid}), who can replace the keys in it. None was read or ` +
        `written. If nobody else has: chown ${user} ${shellQuoted(directory)}`,
    )
  }
  if ((stats.mode & WRITE_OF_OTHERS) === 0 || (stats.mode & STICKY) !== 0) return
  throw insecure(
    `${directory} has mode ${octal(stats.mode)}, so others can replace the keys in it. None was read or ` +
      `written. If nobody else has: chmod go-w ${shellQuoted(directory)}`,
  )
}

/** The user of this process, if what `stats` are of belongs to neither that one nor root. */
function strangerTo(stats: Stats): number | undefined {
  const user = process.geteuid?.()
  return stats.uid === user || stats.uid === ROOT ? undefined : user
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
