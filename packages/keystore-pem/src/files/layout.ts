/** Which file holds what. */
import { join, resolve } from 'node:path'
import { ValidationError } from '@nomyo/core'
import { assertEnvironment } from '@nomyo/core/internal'

// An environment's directory stands beside production's files: it must not take one's name.
const LIKE_A_FILE = /\.(?:pem|json|tmp)$|^\.nomyo\.lock/i
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ['current', ''],
  ['previous', 'previous_'],
])

/** The names under which keys are kept. */
export const KEY_NAMES: readonly string[] = [...PREFIXES.keys()]

/** The file that is there while files in its directory are changed. */
export const LOCK_FILE = '.nomyo.lock'

/** The most bytes of a file that belongs to a key: 64 KiB. */
export const MAX_KEY_FILE_BYTES: number = 64 * 1024

/** The three files of a key, as absolute paths. */
export interface KeyFiles {
  /** PKCS#8 PEM, mode 0600. The key exists if and only if this file does. */
  readonly privateKey: string
  /** SPKI PEM, mode 0644. Derived from the private key. */
  readonly publicKey: string
  /** JSON, mode 0600: which key it is and when it was made. */
  readonly record: string
}

/**
 * The absolute directory of an environment: `dir` for `production`, else `dir/<environment>`.
 * @throws ValidationError for a name that could leave `dir` or meet a file in it.
 */
export function environmentDirectory(dir: string, environment: string): string {
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) {
    throw new ValidationError('dir must be the path of a directory.')
  }
  assertEnvironment(environment)
  if (LIKE_A_FILE.test(environment)) {
    throw new ValidationError(
      'environment must not look like a file of the store (.pem, .json, .tmp, .nomyo.lock).',
    )
  }
  return environment === 'production' ? resolve(dir) : join(resolve(dir), environment)
}

/**
 * The files of the key of that name.
 * @throws ValidationError for a name other than `current` and `previous`.
 */
export function keyFiles(directory: string, name: string): KeyFiles {
  const prefix = PREFIXES.get(name)
  if (prefix === undefined) {
    throw new ValidationError(`A PEM key store keeps keys named ${KEY_NAMES.join(' and ')} only.`)
  }
  const path = (file: string): string => join(directory, prefix + file)
  return {
    privateKey: path('private_key.pem'),
    publicKey: path('public_key.pem'),
    record: path('private_key.json'),
  }
}

/** The file of what is known of routers. */
export function knownRoutersFile(directory: string): string {
  return join(directory, 'known_routers.json')
}
