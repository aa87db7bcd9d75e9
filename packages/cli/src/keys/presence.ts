import { CURRENT_KEY, KeyStoreError } from '@nomyo/core'
import type { PemKeyStore } from '@nomyo/keystore-pem'
import { commandLine, storeOf, type KeyCommand } from './key-command.js'

/** Whether there is a current key, readable or not. */
export async function hasKey(store: PemKeyStore): Promise<boolean> {
  return (await store.list()).includes(CURRENT_KEY)
}

/** The store in which there is no current key. @throws KeyStoreError `exists` if there is one, readable or not. */
export async function assertNoKey(command: KeyCommand): Promise<PemKeyStore> {
  const store = storeOf(command)
  if (!(await hasKey(store))) return store
  throw new KeyStoreError(
    'exists',
    `There is a key in ${store.directory} already. To replace it, and keep it as the previous one: ` +
      commandLine(command, 'keys rotate'),
  )
}
