/** What is said of a stored key, to a person and to a program. */
import { lstatSync } from 'node:fs'
import { KeyStoreError } from '@nomyo/core'
import type { KeyFileInfo, KeyProtection, PemKeyStore } from '@nomyo/keystore-pem'
import { commandLine, DAY, type KeyCommand } from './key-command.js'

/** A key as commands print it with `--json`. Times are ISO 8601. */
export interface KeyDescription {
  readonly environment: string
  readonly name: string
  /** Null if it stands nowhere but in the encrypted key. */
  readonly fingerprint: string | null
  /** Null if it is not recorded: the key counts from the next time that it is used. */
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly expired: boolean
  readonly encryption: KeyProtection['encryption']
  /** Of PBKDF2; null if it is encrypted with something else, or not at all. */
  readonly iterations: number | null
  readonly privateKeyPath: string
  readonly publicKeyPath: string
  /** The private key's permissions in octal; null where they say nothing. */
  readonly mode: string | null
}

/** Describes a key without its password. @throws KeyStoreError `not_found`, or what keeps it from being used. */
export async function describeKey(
  command: KeyCommand,
  store: PemKeyStore,
  name: string,
): Promise<KeyDescription> {
  return descriptionOf(command, await keyInfo(command, store, name))
}

/** What the store says of a key. @throws as `describeKey`. */
export async function keyInfo(command: KeyCommand, store: PemKeyStore, name: string): Promise<KeyFileInfo> {
  const info = await store.describe(name)
  if (info !== undefined) return info
  throw new KeyStoreError(
    'not_found',
    `There is no ${name} key in ${store.directory}. To make one: ${commandLine(command, 'keys generate')}`,
  )
}

/** A key in lines under its fingerprint. */
export function linesOf(key: KeyDescription): string[] {
  const { environment, name, fingerprint, createdAt, mode } = key
  return [
    `Key ${fingerprint ?? '(fingerprint unknown without the password)'}`,
    `  name         ${name} (${environment})`,
    `  private key  ${key.privateKeyPath}`,
    ...(mode === null ? [] : [`  mode         ${mode}, nobody else can read it`]),
    `  public key   ${key.publicKeyPath}`,
    `  made         ${createdAt === null ? 'not recorded: counts from its next use' : momentOf(createdAt)}`,
    ...(key.expiresAt === null ? [] : [`  ${expiryOf(key)}`]),
    `  encryption   ${protectionOf(key)}`,
  ]
}

/** How well a key is protected, in words. */
export function protectionOf({ encryption, iterations }: KeyDescription): string {
  if (encryption === 'none') return 'none, whoever reads the file has the key'
  const how = iterations === null ? '' : `, ${iterations.toLocaleString('en')} iterations of PBKDF2`
  return encryption === 'weak' ? `weak${how || ', easy to guess'}` : `password${how}`
}

/** The day of a moment. */
export function dayOf(moment: string): string {
  return moment.slice(0, 10)
}

function descriptionOf({ environment, maxAge }: KeyCommand, info: KeyFileInfo): KeyDescription {
  const { name, fingerprint, createdAt, protection, privateKeyPath, publicKeyPath } = info
  const expiresAt = createdAt === undefined ? undefined : createdAt + maxAge
  return {
    environment,
    name,
    fingerprint: fingerprint ?? null,
    createdAt: timeOf(createdAt),
    expiresAt: timeOf(expiresAt),
    expired: expiresAt !== undefined && Date.now() >= expiresAt,
    encryption: protection.encryption,
    iterations: protection.iterations ?? null,
    privateKeyPath,
    publicKeyPath,
    mode: modeOf(privateKeyPath),
  }
}

/** A time in ms since 1970 as ISO 8601; null for one that is not known, or none. */
function timeOf(time: number | undefined): string | null {
  const date = new Date(time ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function modeOf(path: string): string | null {
  if (process.platform === 'win32') return null
  return (lstatSync(path).mode & 0o7777).toString(8).padStart(4, '0')
}

function momentOf(moment: string): string {
  const days = Math.floor((Date.now() - Date.parse(moment)) / DAY)
  const ago = days < 1 ? 'today' : days === 1 ? 'a day ago' : `${days} days ago`
  return `${moment} (${ago})`
}

function expiryOf({ expiresAt, expired }: KeyDescription): string {
  const days = Math.ceil((Date.parse(expiresAt!) - Date.now()) / DAY)
  if (expired) return `expired      ${expiresAt}`
  return `expires      ${expiresAt} (in ${days === 1 ? 'a day' : `${days} days`})`
}
