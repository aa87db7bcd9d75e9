/** What no error of the store may show. */
import { assertNoSecrets } from '../../../core/test/no-secrets.ts'
import { testKeyBase64, type TestKeyName } from './keys.ts'

export const PASSWORD = 'Grüße, 東京, 🔑'

const KEYS: readonly TestKeyName[] = ['first', 'second', 'third', 'fourth']
/** Of each line of a PEM from where the private numbers are: the public ones are in the first 400 characters. */
const PRIVATE_LINES = KEYS.flatMap((name) => testKeyBase64(name).slice(512).match(/.{64}/g) ?? [])

/** Throws if `error` shows the password or a part of a private key. */
export function expectNoSecrets(error: unknown): void {
  assertNoSecrets(error, [PASSWORD, ...PRIVATE_LINES])
}
