/** Which errors may come of hostile input, to the last field. */
import { NomyoError } from '@nomyo/core'

/** An error that may come. */
export interface Refusal {
  readonly name: string
  readonly code: string
  /** All of its message; or how it begins, where it tells of something that is public. */
  readonly message: string | RegExp
}

const security = (code: string, message: string | RegExp): Refusal => ({
  name: 'SecurityError',
  code,
  message,
})

/** Envelopes, requests and responses have one error, whatever the cause. */
export const UNDECRYPTABLE: Refusal = security(
  'decryption_failed',
  'The envelope could not be opened: it is malformed, of another version, altered on the way, ' +
    'or not sealed to this key.',
)

/** So have encrypted keys, once the password was used. */
export const KEY_UNDECRYPTABLE: Refusal = security(
  'decryption_failed',
  'The private key could not be decrypted: the password is wrong, the key is damaged, ' +
    'or it is not an RSA key of 2048 to 8192 bits with e = 65537.',
)

export const TRUNCATED: Refusal = {
  name: 'StreamTruncatedError',
  code: 'stream_truncated',
  message: 'The answer ended before its final frame: it is incomplete.',
}

export const KEY_REFUSED: Refusal = security('key_refused', /^The RSA key is refused: [\x20-\x7e]{1,100}\.$/)

export const CAPABILITIES_REFUSED: Refusal = security(
  'capabilities_refused',
  /^The router’s capabilities are refused: (this is not the JSON of a router\. Check the address|it lists no RSA key that may be used)\.$/,
)

export const UNREADABLE: Refusal = {
  name: 'KeyStoreError',
  code: 'unreadable',
  message: /^The private key cannot be read: [\x20-\x7e]{1,160}\.$/,
}

export const INVALID: Refusal = {
  name: 'ValidationError',
  code: 'validation_failed',
  message: 'The method, the path or a header cannot travel inside a request.',
}

export const TOO_MANY: Refusal = {
  ...INVALID,
  message: 'There are too many headers, or more than 65536 bytes of them.',
}

/** @throws Error unless `error` is one of `allowed`, and has nothing else to tell. */
export function assertRefusal(error: unknown, ...allowed: readonly Refusal[]): void {
  if (!NomyoError.isInstance(error))
    throw new Error(`This is no error of ours: ${describe(error)}`, { cause: error })
  const fits = ({ name, code, message }: Refusal): boolean =>
    error.name === name &&
    error.code === code &&
    (typeof message === 'string' ? error.message === message : message.test(error.message))
  if (!allowed.some(fits)) throw new Error(`This error may not come here: ${describe(error)}`)
  const told = Object.getOwnPropertyNames(error).filter((key) => !['stack', 'message', 'code'].includes(key))
  if (told.length > 0) throw new Error(`An error tells more than it may: ${told.join(', ')}`)
}

/** What `action` gives, or undefined if it was refused as it may be. */
export async function attempt<T>(
  action: () => Promise<T>,
  ...allowed: readonly Refusal[]
): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await action() }
  } catch (error) {
    assertRefusal(error, ...allowed)
    return undefined
  }
}

/** @throws Error with `claim` unless it holds. */
export function hold(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`It does not hold that ${claim}.`)
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name} (${Reflect.get(error, 'code')}): ${error.message}`
    : String(error)
}
