import { constants } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { KeyStoreError } from '@nomyo/core'
import { CommandFailure } from '../failure.js'

const { O_WRONLY, O_CREAT, O_EXCL } = constants
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

/**
 * Writes a file that must not exist yet; neither does a link of its name, wherever it leads.
 * @param mode its permissions; the umask can only narrow them.
 * @throws KeyStoreError `exists` if there is anything of that name.
 * @throws CommandFailure if it cannot be written; then it is not there.
 */
export async function writeNewFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  let isMade = false
  try {
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | NO_FOLLOW, mode)
    isMade = true
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (isMade) await unlink(path).catch(() => undefined)
    if (code === 'EEXIST')
      throw new KeyStoreError('exists', `${path} exists already, and is never overwritten.`)
    throw new CommandFailure(`${path} could not be written (${code}).`)
  }
}
