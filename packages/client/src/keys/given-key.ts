/** What the methods for keys are given: nothing, or a key. */
import { ValidationError } from '@nomyo/core'
import { ANYTHING, assertOptions, type Rule } from '../options/checks.js'
import { PEM_STORE } from '../options/names.js'

/** A key pair that is kept elsewhere, such as in an environment variable or a secret manager. */
export interface GivenKey {
  /** `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`, as OpenSSL and Python write them. */
  readonly pem: string
  /** Needed for an encrypted one. */
  readonly password?: string | undefined
  /** When it was made, in ms since 1970, to be warned of its age. Default: now. */
  readonly createdAt?: number | undefined
}

const RULES = {
  pem: ANYTHING,
  password: ANYTHING,
  createdAt: ['a time in ms since 1970', Number.isFinite],
} satisfies Record<keyof GivenKey, Rule>

/** @throws TypeError for the path that the Python client takes, ValidationError for what is no key. */
export function checkedGivenKey(given: GivenKey): GivenKey {
  if (typeof (given as GivenKey | null)?.pem !== 'string') assertNoArguments('loadKeys', [given])
  assertOptions(given, RULES, 'loadKeys()')
  // Left out, the key needs none; undefined, something is missing.
  if ('password' in given && given.password === undefined) {
    throw new ValidationError(
      'password is undefined: is the environment variable set? Leave it out if there is none.',
    )
  }
  return given
}

/** The Python client's arguments, a path or saveToFile, are answered with the store to pass. */
export function assertNoArguments(method: string, given: readonly unknown[]): void {
  if (given.length > 0) throw new TypeError(`${method}() takes no path: give ${PEM_STORE}, at construction.`)
}
