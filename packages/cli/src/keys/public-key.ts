import { readFile } from 'node:fs/promises'
import { importPublicKey, KeyStoreError, type PublicKey } from '@nomyo/core'
import type { KeyFileInfo } from '@nomyo/keystore-pem'
import { storeOf, type KeyCommand } from './key-command.js'
import { givenPassword, howToGive, KEY_PASSWORD } from './password.js'

/**
 * The public key: derived from the private one if that can be opened without asking anybody, else from the
 * file beside it.
 * @throws KeyStoreError if it can be had from neither.
 */
export async function publicKeyOf(command: KeyCommand, info: KeyFileInfo): Promise<PublicKey> {
  const password = await givenPassword(command.options, KEY_PASSWORD)
  if (info.protection.encryption !== 'none' && password === undefined) return publicKeyBeside(info)
  const record = await storeOf(command, { password }).load(info.name)
  if (record !== undefined) return record.keyPair.publicKey
  throw new KeyStoreError('not_found', `${info.privateKeyPath} is not there any more.`)
}

async function publicKeyBeside({
  publicKeyPath,
  privateKeyPath,
  fingerprint,
}: KeyFileInfo): Promise<PublicKey> {
  const pem = await readFile(publicKeyPath, 'utf8').catch(() => undefined)
  if (pem === undefined) {
    throw new KeyStoreError(
      'locked',
      `There is no ${publicKeyPath}, and ${privateKeyPath} is encrypted: ${howToGive(KEY_PASSWORD)}`,
    )
  }
  const publicKey = await importPublicKey(pem)
  if (fingerprint === undefined || publicKey.fingerprint === fingerprint) return publicKey
  throw new KeyStoreError('unreadable', `${publicKeyPath} is not the public key of ${privateKeyPath}.`)
}
