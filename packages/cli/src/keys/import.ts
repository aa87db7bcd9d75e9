/** `nomyo keys import`. */
import { CURRENT_KEY, KeyStoreError, PREVIOUS_KEY, type KeyPair, type SaveOptions } from '@nomyo/core'
import { readPrivateKeyPem } from '@nomyo/keystore-pem'
import { withProgress } from '../terminal/progress.js'
import { canAsk } from '../terminal/questions.js'
import { printKey } from './answer.js'
import { keyInfo } from './description.js'
import { guardFromGit } from './git-guard.js'
import { storeOf, type KeyCommand } from './key-command.js'
import { givenPassword, IMPORT_PASSWORD, KEY_PASSWORD, newPassword, oldPassword } from './password.js'
import { readPem } from './pem-input.js'
import { assertNoKey, hasKey } from './presence.js'

/** Takes a private key from a file, or from standard input for `-`, into the store. */
export async function importKey(command: KeyCommand, file: string): Promise<void> {
  const isReplaced = command.options.flag('replace') && (await hasKey(storeOf(command)))
  if (!isReplaced) await assertNoKey(command)
  const keyPair = await readKey(command, file)
  const password = await storePassword(command, isReplaced)
  const store = storeOf(command, { password })
  const options = isReplaced ? await replacement(store, keyPair) : {}
  await guardFromGit(command, store.directory)
  // Its file says nothing of when the key was made.
  const record = { keyPair, createdAt: Date.now() }
  await withProgress('Saving the key', () => store.save(CURRENT_KEY, record, options))
  await printKey(command, store, CURRENT_KEY)
}

async function readKey(command: KeyCommand, file: string): Promise<KeyPair> {
  const pem = await readPem(file)
  try {
    const password = await givenPassword(command.options, IMPORT_PASSWORD)
    const options = { exportable: true, ...(password === undefined ? {} : { password }) }
    const { keyPair } = await readPrivateKeyPem(pem, options).catch(async (error: unknown) => {
      if (!KeyStoreError.isInstance(error) || error.code !== 'locked') throw error
      // Not where the key itself came from the keyboard's place.
      const interactive = !command.json && canAsk() && file !== '-'
      const asked = await oldPassword({ ...command, interactive }, IMPORT_PASSWORD, nameOf(file))
      return readPrivateKeyPem(pem, { exportable: true, password: asked })
    })
    return keyPair
  } finally {
    pem.fill(0)
  }
}

async function storePassword(command: KeyCommand, isReplaced: boolean): Promise<string | undefined> {
  if (isReplaced) {
    const { protection, privateKeyPath } = await keyInfo(command, storeOf(command), CURRENT_KEY)
    if (protection.encryption !== 'none') return oldPassword(command, KEY_PASSWORD, privateKeyPath)
  }
  return newPassword(command, KEY_PASSWORD, 'Password for the stored key')
}

/** How the stored key is replaced: only if it can be read, and kept as the previous one. */
async function replacement(store: ReturnType<typeof storeOf>, { publicKey }: KeyPair): Promise<SaveOptions> {
  const stored = await store.load(CURRENT_KEY)
  if (stored === undefined) return {}
  const { fingerprint } = stored.keyPair.publicKey
  if (fingerprint === publicKey.fingerprint) {
    throw new KeyStoreError(
      'exists',
      `This key is the stored one already: ${fingerprint}. Nothing was changed.`,
    )
  }
  return { replace: true, expected: fingerprint, keepAs: PREVIOUS_KEY }
}

function nameOf(file: string): string {
  return file === '-' ? 'The key from standard input' : file
}
