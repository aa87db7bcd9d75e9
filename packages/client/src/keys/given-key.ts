/** What the methods for keys are given: nothing, or a key. */
import { ValidationError } from '@nomyo/core'
import { assertKnownNames } from '../options/known-names.js'
import { assertNoPythonNames } from '../options/python-names.js'

/** A key pair that is kept elsewhere, such as in an environment variable or a secret manager. */
export interface GivenKey {
  /** `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`, as OpenSSL and Python write them. */
  readonly pem: string
  /** Needed for an encrypted one. */
  readonly password?: string | undefined
  /** When it was made, in ms since 1970, to be warned of its age. Default: now. */
  readonly createdAt?: number | undefined
}

/** @throws TypeError for the path that the Python client takes, ValidationError for what is no key. */
export function checkedGivenKey(given: GivenKey): GivenKey {
  if (typeof given !== 'object' || given === null || typeof given.pem !== 'string') {
    assertNoArguments('loadKeys', [given])
  }
  assertNoPythonNames(given)
  assertKnownNames(given, ['pem', 'password', 'createdAt'], 'loadKeys')
  const { createdAt } = given
  if (createdAt !== undefined && !Number.isFinite(createdAt)) {
    throw new ValidationError('createdAt must be a time in ms since 1970.')
  }
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
  const [first] = given
  if (typeof first === 'object' && first !== null) assertNoPythonNames(first)
  if (given.length === 0) return
  throw new TypeError(
    `${method}() takes no path: pass keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem at construction.`,
  )
}
