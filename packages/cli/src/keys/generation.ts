/** `nomyo keys generate`. */
import { CURRENT_KEY, KeyManager } from '@nomyo/core'
import { withProgress } from '../terminal/progress.js'
import { GENERATING, printKey } from './answer.js'
import { guardFromGit } from './git-guard.js'
import { storeOf, type KeyCommand } from './key-command.js'
import { KEY_PASSWORD, newPassword } from './password.js'
import { assertNoKey } from './presence.js'

/** Generates a key and saves it, if there is none. */
export async function generateKey(command: KeyCommand): Promise<void> {
  const { directory } = await assertNoKey(command)
  const password = await newPassword(command, KEY_PASSWORD, 'Password for the new key')
  await guardFromGit(command, directory)
  const store = storeOf(command, { password })
  await withProgress(GENERATING, () => new KeyManager({ store }).generate())
  await printKey(command, store, CURRENT_KEY)
}
