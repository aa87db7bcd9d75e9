/** The router's keys in environment variables: used, and written nowhere. */
import { KeyStoreError, SecurityError, type KeyPair } from '@nomyo/core'
import { readPrivateKeyPem, type ReadPrivateKey } from '@nomyo/keystore-pem'
import { usageFailure } from '../failure.js'
import { KEY_PASSWORD, locked } from '../keys/password.js'
import { warn } from '../terminal/notices.js'
import { HANDLES, type KeySource } from './key-source.js'

/** The variable with the key that clients shall seal to. */
export const KEY_VARIABLE = 'NOMYO_ROUTER_KEY'
/** The one with another that is opened too: the one before, or the one to come. */
export const OTHER_KEY_VARIABLE = 'NOMYO_ROUTER_OTHER_KEY'
/** The one with its password, where it is not that of the current key. */
export const OTHER_PASSWORD_VARIABLE = 'NOMYO_ROUTER_OTHER_KEY_PASSWORD'
const VARIABLES = [KEY_VARIABLE, OTHER_KEY_VARIABLE, OTHER_PASSWORD_VARIABLE] as const

/** How a key in clear is encrypted, with openssl alone. */
export const ENCRYPT_IT =
  'openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000 -in KEY.pem -out ENCRYPTED.pem'

/** What stands in the variables, each in PEM. */
export interface EnvironmentKeys {
  readonly current: string
  readonly other: string | undefined
  /** Undefined: the same as that of the current key. */
  readonly otherPassword: string | undefined
}

/**
 * The keys in `env`; undefined if there are none.
 * @throws CommandFailure (usage) for a variable that is empty, or one that is of no use without another: whoever set
 * it must not end with a key that was made on the spot.
 */
export function environmentKeys(env: NodeJS.ProcessEnv): EnvironmentKeys | undefined {
  const [current, other, otherPassword] = VARIABLES.map((name) => valueOf(env, name))
  if (otherPassword !== undefined && other === undefined)
    throw missing(OTHER_PASSWORD_VARIABLE, OTHER_KEY_VARIABLE)
  if (other !== undefined && current === undefined) throw missing(OTHER_KEY_VARIABLE, KEY_VARIABLE)
  return current === undefined ? undefined : { current, other, otherPassword }
}

function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]
  if (value?.trim() === '') throw usageFailure(`${name} is set, but empty.`)
  return value
}

function missing(given: string, needed: string): Error {
  return usageFailure(`${given} is set, but ${needed} is not.`)
}

/** Those keys; `password` is the current one's, if it has one. They cannot change while the router runs. */
export function keysInEnvironment(keys: EnvironmentKeys, password: string | undefined): KeySource {
  return { place: KEY_VARIABLE, load: () => loadKeys(keys, password) }
}

async function loadKeys(
  { current, other, otherPassword }: EnvironmentKeys,
  password: string | undefined,
): Promise<readonly KeyPair[]> {
  // First alone: of a wrong password one message is enough.
  const first = await readKey(KEY_VARIABLE, current, password)
  warnOf(KEY_VARIABLE, first)
  const others =
    other === undefined ? [] : [await readKey(OTHER_KEY_VARIABLE, other, otherPassword ?? password)]
  for (const one of others) {
    warnOf(OTHER_KEY_VARIABLE, one)
    if (isSame(first, one)) warn(`${KEY_VARIABLE} and ${OTHER_KEY_VARIABLE} hold the same key.`)
  }
  const more = Array.from({ length: HANDLES - 1 }, () => readKey(KEY_VARIABLE, current, password))
  return [first, ...(await Promise.all(more)), ...others].map(({ keyPair }) => keyPair)
}

/** Whether both hold one key. */
export function isSame(one: ReadPrivateKey, another: ReadPrivateKey): boolean {
  return one.keyPair.publicKey.fingerprint === another.keyPair.publicKey.fingerprint
}

/**
 * The key in a variable. Where a variable cannot hold line breaks, `\n` stands for one: no PEM has a backslash.
 * @throws KeyStoreError `unreadable` or `locked`, SecurityError `decryption_failed`: with the variable's name, and nothing
 * of what it holds.
 */
export async function readKey(
  variable: string,
  pem: string,
  password: string | undefined,
): Promise<ReadPrivateKey> {
  const bytes = new TextEncoder().encode(pem.replaceAll(String.raw`\r`, '').replaceAll(String.raw`\n`, '\n'))
  try {
    return await readPrivateKeyPem(bytes, password === undefined ? {} : { password })
  } catch (error) {
    throw named(variable, error)
  } finally {
    bytes.fill(0)
  }
}

/** With two keys and two passwords, the message has to say which. */
function named(variable: string, error: unknown): unknown {
  if (KeyStoreError.isInstance(error)) {
    if (error.code === 'locked') return locked(variable, KEY_PASSWORD)
    return new KeyStoreError(error.code, `${variable}: ${error.message}`)
  }
  return SecurityError.isInstance(error)
    ? new SecurityError(error.code, `${variable}: ${error.message}`)
    : error
}

function warnOf(variable: string, { protection }: ReadPrivateKey): void {
  if (protection.encryption === 'none') {
    warn(
      `The key in ${variable} has no password: whoever sees the environment has the key. To mend it: ${ENCRYPT_IT}`,
    )
  }
  if (protection.encryption === 'weak') {
    warn(
      `The key in ${variable} is encrypted so weakly that its password is easy to guess. To mend it: ${ENCRYPT_IT}`,
    )
  }
}
