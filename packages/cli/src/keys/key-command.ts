/** What every command for keys starts from. */
import type { KeyStoreWarningCode, Password } from '@nomyo/core'
import { pemKeyStore, type PemKeyStore } from '@nomyo/keystore-pem'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'
import { warn } from '../terminal/notices.js'
import { canAsk } from '../terminal/questions.js'
import { DEFAULTS } from './options.js'

/** What encrypting a key anew mends, so that it need not be warned of. */
const MENDED_BY_IT: readonly KeyStoreWarningCode[] = ['unencrypted_key', 'weak_key_encryption']
/** ms. */
export const DAY: number = 24 * 60 * 60 * 1000

/** A command that was given, after its options were read. */
export interface KeyCommand {
  readonly options: GivenOptions
  /** As it was given. */
  readonly dir: string
  readonly environment: string
  /** ms after which a key expires. */
  readonly maxAge: number
  /** Whether the answer is for a program. */
  readonly json: boolean
  /** Whether there is somebody who can be asked. */
  readonly interactive: boolean
}

/** How keys are opened and saved. */
export interface StoreAccess {
  /** Undefined: keys are in clear. A function is asked when the password is needed. */
  readonly password?: Password | undefined
  /** Encrypts what is saved, in place of `password`. */
  readonly newPassword?: string
  /** Whether loaded keys may be exported. */
  readonly exportable?: boolean
}

/** @throws CommandFailure (usage) for a number that is none. */
export function keyCommand(options: GivenOptions): KeyCommand {
  const json = options.flag('json')
  const dir = options.text('key-dir') ?? DEFAULTS.dir
  if (dir === '') throw usageFailure('--key-dir must be the path of a directory.')
  return {
    options,
    dir,
    environment: options.text('environment') ?? DEFAULTS.environment,
    maxAge: daysOf(options.text('max-age-days') ?? DEFAULTS.maxAgeDays) * DAY,
    json,
    interactive: !json && canAsk(),
  }
}

/** The store of the keys that the command is about. @throws ValidationError for a name that is none. */
export function storeOf(
  { dir, environment }: Pick<KeyCommand, 'dir' | 'environment'>,
  { password, newPassword, exportable = false }: StoreAccess = {},
): PemKeyStore {
  return pemKeyStore({
    ...{ dir, environment, exportable },
    ...(password === undefined ? {} : { password }),
    ...(newPassword === undefined ? {} : { newPassword }),
    onWarning: ({ code, message }) => {
      if (newPassword === undefined || !MENDED_BY_IT.includes(code)) warn(message)
    },
  })
}

/** A command line about the same keys, to be typed by a person. */
export function commandLine({ dir, environment }: KeyCommand, words: string): string {
  return [
    `nomyo ${words}`,
    ...(dir === DEFAULTS.dir ? [] : [`--key-dir ${shellQuoted(dir)}`]),
    ...(environment === DEFAULTS.environment ? [] : [`--environment ${environment}`]),
  ].join(' ')
}

/** `text` as a POSIX shell takes it. */
export function shellQuoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function daysOf(text: string): number {
  const days = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && days > 0 && days <= 36_500) return days
  throw usageFailure('--max-age-days must be a number of days, more than 0.')
}
