/** The password of a key that is there, if it has one. */
import type { KeyFileInfo } from '@nomyo/keystore-pem'
import { givenPassword, KEY_PASSWORD, oldPassword } from './password.js'
import type { KeyCommand } from './key-command.js'

/**
 * What opens the key. For one in clear: the password that is given nevertheless, with which the next one is
 * encrypted.
 * @throws KeyStoreError `locked` if there is nobody to ask.
 */
export async function passwordOf(command: KeyCommand, info: KeyFileInfo): Promise<string | undefined> {
  if (info.protection.encryption === 'none') return givenPassword(command.options, KEY_PASSWORD)
  return oldPassword(command, KEY_PASSWORD, info.privateKeyPath)
}
