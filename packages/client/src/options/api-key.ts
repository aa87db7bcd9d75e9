import { assertValid, type Rule } from './checks.js'
import { environment } from './environment.js'

/** An API key, or a function that gives one, asked once for each attempt. */
export type APIKey = string | (() => string | Promise<string>)

const KEY: Rule = [
  'text of printable ASCII characters without spaces, and not empty',
  (key) => typeof key === 'string' && /^[\x21-\x7e]+$/.test(key),
]

/** What `apiKey` must be; a key that a function gives is checked when it is given. */
export const API_KEY: Rule = [KEY[0], (key) => typeof key === 'function' || KEY[1](key)]

/** Places where an API key may have been given, the first one that is set wins. */
export interface APIKeySources {
  /** With the call. */
  readonly call?: APIKey | undefined
  /** At construction. */
  readonly client?: APIKey | undefined
  /** The call's own Authorization header, whole; an empty one means none. */
  readonly authorization?: string | undefined
}

/** The value of the Authorization header, or undefined if there is no key anywhere. */
export async function authorizationOf(sources: APIKeySources): Promise<string | undefined> {
  const given = sources.call ?? sources.client
  if (given !== undefined) return bearer(typeof given === 'function' ? await given() : given)
  if (sources.authorization !== undefined) return sources.authorization || undefined
  const fromEnvironment = environment('NOMYO_API_KEY')
  return fromEnvironment === undefined ? undefined : bearer(fromEnvironment)
}

function bearer(key: string): string {
  assertValid('apiKey', key, KEY)
  return `Bearer ${key}`
}

/** What must not come back in an error: the header's value and the key in it. */
export function secretsOf(authorization: string | undefined): string[] {
  if (authorization === undefined) return []
  return [authorization, authorization.replace(/^\S+\s+/, '')]
}
