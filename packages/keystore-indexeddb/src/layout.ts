/** What is called what: the database, its object store, and what stands in it under which key. */
import { ValidationError } from '@nomyo/core'
import { assertEnvironment } from '@nomyo/core/internal'

/** Where a store keeps everything. */
export interface Place {
  readonly database: string
  /**
   * The environment's name. It is fixed when the database is made, so that of two environments whose databases
   * would be called the same (`a-b` of `production`, `a` of `b`) only the first can use it.
   */
  readonly objectStore: string
}

/** What the keys of the object store begin with; what follows is a name, or a router's base URL. */
export const KEY = 'key:'
export const ROUTER = 'router:'
/** Of key records that have not been given their name yet; the time in ms and a random number follow. */
export const STAGED = 'staged:'

/**
 * The place of an environment.
 * @throws ValidationError for a name that is none.
 */
export function placeOf(databaseName: string, environment: string): Place {
  if (typeof databaseName !== 'string' || databaseName === '') {
    throw new ValidationError('databaseName must be a string that is not empty.')
  }
  assertEnvironment(environment)
  const database = environment === 'production' ? databaseName : `${databaseName}-${environment}`
  return { database, objectStore: environment }
}

/** All strings that begin with `prefix`, which ends with a colon. */
export function rangeOf(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix.slice(0, -1)};`, false, true)
}
