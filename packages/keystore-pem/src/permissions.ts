/** Who else may read a private key. */
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { KeyStoreError } from '@nomyo/core'
import { warnModesUnchecked } from './warnings.js'

/** Whether file modes are without meaning here. */
export const isWindows: boolean = process.platform === 'win32'

const GROUP_AND_OTHERS = 0o077

/**
 * Checks that a private key's mode keeps everybody but its owner out.
 * @throws KeyStoreError `insecure_permissions`, with the command that mends it.
 */
export function assertOwnerOnly(path: string, stats: Stats): void {
  if (isWindows) {
    warnModesUnchecked(dirname(path))
  } else if ((stats.mode & GROUP_AND_OTHERS) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    throw new KeyStoreError(
      'insecure_permissions',
      `${path} has mode ${mode}, so others can reach the private key. It was not read. ` +
        `If nobody else has read it: chmod 600 ${shellQuoted(path)}`,
    )
  }
}

/** `path` as a POSIX shell takes it. */
function shellQuoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
