import { KeyStoreError } from '../errors.js'
import type { SaveOptions } from './keystore.js'

/**
 * What every store asks before it saves a key: may the one that is there be replaced?
 *
 * @param stored the fingerprint of the key that is there; undefined if there is none.
 * @param what how messages speak of it, such as `The key at …/private_key.pem`.
 * @throws KeyStoreError `exists` if there is one that may not be replaced, `not_found` if there is none
 * although one is `expected`.
 */
export function assertReplaceable(
  stored: string | undefined,
  what: string,
  { replace = false, expected }: SaveOptions,
): void {
  if (stored === undefined) {
    if (replace && expected !== undefined)
      throw new KeyStoreError('not_found', `${what} is not there any more.`)
    return
  }
  if (!replace) throw new KeyStoreError('exists', `${what} exists already.`)
  if (expected !== undefined && stored !== expected) {
    throw new KeyStoreError('exists', `${what} is another one by now: ${stored}.`)
  }
}
