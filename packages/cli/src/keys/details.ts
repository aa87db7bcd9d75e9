/** `nomyo keys show`. */
import { print, printJson } from '../terminal/output.js'
import { notice } from '../terminal/notices.js'
import { askWhether } from '../terminal/questions.js'
import { answer, printKey } from './answer.js'
import { describeKey, keyInfo, linesOf } from './description.js'
import { encryptAnew } from './encryption.js'
import { guardFromGit } from './git-guard.js'
import { commandLine, storeOf, type KeyCommand } from './key-command.js'
import { publicKeyOf } from './public-key.js'

/** Shows one key, and offers to encrypt it if it is not well protected. */
export async function showKey(command: KeyCommand, name: string): Promise<void> {
  if (command.options.flag('public')) return showPublicKey(command, name)
  const store = storeOf(command)
  const key = await describeKey(command, store, name)
  await answer(command, key, linesOf(key))
  const isWeak = key.encryption !== 'password'
  if (isWeak && command.interactive && (await askWhether('Encrypt it now?'))) {
    await encryptAnew(command)
    return printKey(command, store, name)
  }
  await guardFromGit(command, store.directory)
  if (isWeak) notice(`To encrypt it: ${commandLine(command, 'keys encrypt')}`)
}

async function showPublicKey(command: KeyCommand, name: string): Promise<void> {
  const store = storeOf(command)
  const { pem, fingerprint } = await publicKeyOf(command, await keyInfo(command, store, name))
  await (command.json ? printJson({ fingerprint, publicKey: pem }) : print(pem))
}
