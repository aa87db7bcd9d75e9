/** Who else may reach a private key, and who may write what is believed. */
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { KeyStoreError } from '@nomyo/core'
import { warnModesUnchecked } from './warnings.js'

/** Whether file modes are without meaning here. */
export const isWindows: boolean = process.platform === 'win32'

const GROUP_AND_OTHERS = 0o077
const WRITE_OF_OTHERS = 0o022
const ROOT = 0

/**
 * Checks that a private key belongs to this process's user or to root, and that its mode keeps everybody else
 * out. Any other owner could read and replace it, whatever the mode.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerOnly(path: string, stats: Stats): void {
  if (isWindows) return warnModesUnchecked(dirname(path))
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user && stats.uid !== ROOT) {
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
 * Checks that nobody but a file's owner can write it: whoever can, decides which routers are trusted.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerWrites(path: string, stats: Stats): void {
  if (isWindows || (stats.mode & WRITE_OF_OTHERS) === 0) return
  throw insecure(
    `${path} has mode ${octal(stats.mode)}, so others can change which routers are trusted. It was not read. ` +
      `If nobody else has changed it: chmod 600 ${shellQuoted(path)}`,
  )
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
