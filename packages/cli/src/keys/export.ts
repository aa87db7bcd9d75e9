/** `nomyo keys export`. */
import { resolve } from 'node:path'
import { KeyStoreError, type KeyPair } from '@nomyo/core'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import type { KeyFileInfo } from '@nomyo/keystore-pem'
import { usageFailure } from '../failure.js'
import { notice, warn } from '../terminal/notices.js'
import { print, printJson } from '../terminal/output.js'
import { keyInfo } from './description.js'
import { storeOf, type KeyCommand } from './key-command.js'
import { writeNewFile } from './new-file.js'
import { passwordOf } from './opening.js'
import { EXPORT_PASSWORD, newPassword } from './password.js'
import { publicKeyOf } from './public-key.js'

const PRIVATE_MODE = 0o600
const PUBLIC_MODE = 0o644

/** What leaves the store. */
interface Exported {
  readonly fingerprint: string
  readonly kind: 'private' | 'public'
  readonly encrypted: boolean
  readonly pem: string
}

/** Writes a key as PEM: the private one, encrypted unless `--no-password` is said, or the public one. */
export async function exportKey(command: KeyCommand, name: string): Promise<void> {
  const isPublic = command.options.flag('public')
  assertDestination(command, isPublic)
  const info = await keyInfo(command, storeOf(command), name)
  await deliver(command, isPublic ? await publicPart(command, info) : await privatePart(command, info))
}

/** @throws CommandFailure (usage) if nobody says where to, or a private key would appear on a screen unasked. */
function assertDestination({ options }: KeyCommand, isPublic: boolean): void {
  const isFile = options.text('out') !== undefined
  if (options.text('out') === '') throw usageFailure('--out takes the name of a file.')
  if (isFile && options.flag('stdout')) throw usageFailure('Say --out FILE or --stdout, not both.')
  if (isFile || options.flag('stdout') || isPublic || !process.stdout.isTTY) return
  throw usageFailure('Standard output is a terminal. Say --out FILE, or --stdout to show the key there.')
}

async function publicPart(command: KeyCommand, info: KeyFileInfo): Promise<Exported> {
  const { pem, fingerprint } = await publicKeyOf(command, info)
  return { fingerprint, kind: 'public', encrypted: false, pem }
}

async function privatePart(command: KeyCommand, info: KeyFileInfo): Promise<Exported> {
  const own = await passwordOf(command, info)
  const password = await newPassword(command, EXPORT_PASSWORD, 'Password for the exported key')
  const keyPair = await exportable(command, info, own)
  const pem = await exportPrivateKeyPem(keyPair, password === undefined ? {} : { password })
  if (password === undefined) warn('The exported key is not encrypted: whoever reads it has the key.')
  const { fingerprint } = keyPair.publicKey
  return { fingerprint, kind: 'private', encrypted: password !== undefined, pem }
}

async function exportable(
  command: KeyCommand,
  info: KeyFileInfo,
  password: string | undefined,
): Promise<KeyPair> {
  const record = await storeOf(command, { password, exportable: true }).load(info.name)
  if (record !== undefined) return record.keyPair
  throw new KeyStoreError('not_found', `${info.privateKeyPath} is not there any more.`)
}

async function deliver({ options, json }: KeyCommand, { pem, ...about }: Exported): Promise<void> {
  const out = options.text('out')
  if (out === undefined) return void (await (json ? printJson({ ...about, pem }) : print(pem)))
  const path = resolve(out)
  const bytes = Buffer.from(pem)
  try {
    await writeNewFile(path, bytes, about.kind === 'private' ? PRIVATE_MODE : PUBLIC_MODE)
  } finally {
    bytes.fill(0)
  }
  if (json) return printJson({ ...about, path })
  notice(`Wrote the ${about.kind} key ${about.fingerprint} to ${path}.`)
}
