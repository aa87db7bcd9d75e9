/** `nomyo keys encrypt`. */
import { CURRENT_KEY, KeyStoreError, SecurityError, type KeyRecord } from '@nomyo/core'
import type { KeyFileInfo, PemKeyStore } from '@nomyo/keystore-pem'
import { usageFailure } from '../failure.js'
import { withProgress } from '../terminal/progress.js'
import { askNewPassword, askNewPasswordIfAny, askPassword } from '../terminal/questions.js'
import { answer } from './answer.js'
import { describeKey, keyInfo, linesOf } from './description.js'
import { guardFromGit } from './git-guard.js'
import { storeOf, type KeyCommand } from './key-command.js'
import { givenPassword, howToGive, KEY_PASSWORD, locked, NEW_KEY_PASSWORD } from './password.js'

/** Encrypts the current and the previous key anew, and says how they are protected now. */
export async function encryptKeys(command: KeyCommand): Promise<void> {
  const names = await encryptAnew(command)
  const keys = await Promise.all(names.map((name) => describeKey(command, storeOf(command), name)))
  await answer(command, { keys }, keys.flatMap(linesOf))
}

/**
 * Encrypts the keys that there are with today's iterations and the same or a new password; gives their names.
 * Nothing is changed unless all of them can be opened. A run that was interrupted can be repeated.
 */
export async function encryptAnew(command: KeyCommand): Promise<readonly string[]> {
  const store = storeOf(command)
  const names = await store.list()
  const infos = await Promise.all(
    (names.length === 0 ? [CURRENT_KEY] : names).map((name) => keyInfo(command, store, name)),
  )
  const { old, next } = await passwords(command, infos)
  await guardFromGit(command, store.directory)
  const under = (password: string | undefined): PemKeyStore =>
    storeOf(command, { password, newPassword: next, exportable: true })
  const stores = [under(old), under(next)]
  await withProgress('Encrypting', async () => {
    const keys = await Promise.all(names.map((name) => opened(name, stores)))
    for (const [index, name] of names.entries()) await saveAnew(name, keys[index]!)
  })
  return names
}

/** Saves a key in place of itself, by the store that could open it. */
async function saveAnew(name: string, { store, record }: OpenedKey): Promise<void> {
  await store.save(name, record, { replace: true, expected: record.keyPair.publicKey.fingerprint })
}

interface OpenedKey {
  readonly store: PemKeyStore
  readonly record: KeyRecord
}

interface Passwords {
  /** Undefined if all keys are in clear. */
  readonly old: string | undefined
  readonly next: string
}

async function passwords(command: KeyCommand, infos: readonly KeyFileInfo[]): Promise<Passwords> {
  const { options, interactive } = command
  const encrypted = infos.find(({ protection }) => protection.encryption !== 'none')
  const given = await givenPassword(options, KEY_PASSWORD)
  const wanted = await givenPassword(options, NEW_KEY_PASSWORD)
  if (encrypted === undefined) {
    const next = wanted ?? given ?? (interactive ? await askNewPassword('Password for the key') : undefined)
    if (next !== undefined) return { old: undefined, next }
    throw usageFailure(`The key needs a password: ${howToGive(NEW_KEY_PASSWORD)}`)
  }
  if (given !== undefined) return { old: given, next: wanted ?? given }
  if (!interactive) throw locked(encrypted.privateKeyPath, KEY_PASSWORD)
  const old = await askPassword(`Password of ${encrypted.privateKeyPath}`)
  return { old, next: wanted ?? (await askNewPasswordIfAny('New password (none: the same)')) ?? old }
}

/** Opens a key with the old password, or with the new one if an interrupted run has come to it already. */
async function opened(name: string, [store, ...others]: readonly PemKeyStore[]): Promise<OpenedKey> {
  try {
    const record = await store!.load(name)
    if (record !== undefined) return { store: store!, record }
  } catch (error) {
    const isWrong = SecurityError.isInstance(error) && error.code === 'decryption_failed'
    const isLocked = KeyStoreError.isInstance(error) && error.code === 'locked'
    if (others.length === 0 || !(isWrong || isLocked)) throw error
    return opened(name, others)
  }
  throw new KeyStoreError('not_found', `The ${name} key is not there any more.`)
}
