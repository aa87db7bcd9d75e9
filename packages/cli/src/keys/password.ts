/** Passwords: from a file descriptor, the environment or a prompt, never from an argument. */
import { KeyStoreError } from '@nomyo/core'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'
import { askNewPassword, askPassword } from '../terminal/questions.js'
import { readPassword } from './descriptor.js'
import type { KeyCommand } from './key-command.js'

/** Where one kind of password comes from. */
export interface PasswordSource {
  /** The option that names a file descriptor. */
  readonly option: string
  /** The environment variable. */
  readonly variable: string
}

/** The password of the stored key. */
export const KEY_PASSWORD: PasswordSource = { option: 'password-fd', variable: 'NOMYO_KEY_PASSWORD' }
/** The one that it is to have. */
export const NEW_KEY_PASSWORD: PasswordSource = {
  option: 'new-password-fd',
  variable: 'NOMYO_NEW_KEY_PASSWORD',
}
/** The password of a key that leaves the store. */
export const EXPORT_PASSWORD: PasswordSource = {
  option: 'export-password-fd',
  variable: 'NOMYO_EXPORT_PASSWORD',
}
/** The password of a key that comes from elsewhere. */
export const IMPORT_PASSWORD: PasswordSource = {
  option: 'import-password-fd',
  variable: 'NOMYO_IMPORT_PASSWORD',
}

/**
 * The password that was given without a prompt, if any; the descriptor goes before the variable.
 * @throws CommandFailure (usage) for an empty password, or a descriptor that cannot be read.
 */
export async function givenPassword(
  options: GivenOptions,
  { option, variable }: PasswordSource,
): Promise<string | undefined> {
  const descriptor = options.text(option)
  if (descriptor !== undefined) return readPassword(descriptor, `--${option}`)
  const password = process.env[variable]
  if (password === '') throw usageFailure(`${variable} is set, but empty.`)
  return password
}

/**
 * The password under which a key is to be kept; undefined if `--no-password` is said.
 * @throws CommandFailure (usage) if nobody says what it is, or both at once; what `givenPassword` throws.
 */
export async function newPassword(
  { options, interactive }: KeyCommand,
  source: PasswordSource,
  question: string,
): Promise<string | undefined> {
  const { option, variable } = source
  const given = await givenPassword(options, source)
  if (options.flag('no-password')) {
    if (given === undefined) return undefined
    throw usageFailure(`--no-password is said, but --${option} or ${variable} gives one: which?`)
  }
  if (given !== undefined) return given
  if (interactive) return askNewPassword(question)
  throw usageFailure(`The key needs a password: set ${variable}, say --${option} N, or --no-password.`)
}

/**
 * The password of a key that is encrypted.
 * @throws KeyStoreError `locked` if there is nobody to ask; what `givenPassword` throws.
 */
export async function oldPassword(
  { options, interactive }: Pick<KeyCommand, 'options' | 'interactive'>,
  source: PasswordSource,
  path: string,
): Promise<string> {
  const given = await givenPassword(options, source)
  if (given !== undefined) return given
  if (interactive) return askPassword(`Password of ${path}`)
  throw locked(path, source)
}

/** The failure for an encrypted key whose password nobody can be asked for. */
export function locked(path: string, source: PasswordSource): KeyStoreError {
  return new KeyStoreError('locked', `${path} is encrypted: ${howToGive(source)}`)
}

/** What to do where nobody can be asked for a password. */
export function howToGive({ option, variable }: PasswordSource): string {
  return `set ${variable}, or say --${option} N.`
}
