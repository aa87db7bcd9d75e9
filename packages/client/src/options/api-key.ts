import { ValidationError } from '@nomyo/core'
import { environment } from './environment.js'

/** An API key, or a function that gives one, asked once for each attempt. */
export type APIKey = string | (() => string | Promise<string>)

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

/**
 * Refuses what cannot be an API key before anything is sent.
 * @throws ValidationError without the key in it.
 */
export function assertAPIKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    throw new ValidationError(
      'apiKey must be text of printable ASCII characters without spaces, and not empty.',
    )
  }
}

function bearer(key: string): string {
  assertAPIKey(key)
  return `Bearer ${key}`
}

/** What must not come back in an error: the header's value and the key in it. */
export function secretsOf(authorization: string | undefined): string[] {
  if (authorization === undefined) return []
  return [authorization, authorization.replace(/^\S+\s+/, '')]
}

/** The key that may be left out; one that a function gives is checked when it is given. @throws ValidationError. */
export function checkedKey(key: APIKey | undefined): APIKey | undefined {
  if (key !== undefined && typeof key !== 'function') assertAPIKey(key)
  return key
}
