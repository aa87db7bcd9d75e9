/** Single steps within a transaction. */
import { promisifyRequest } from 'idb-keyval'

/** A value that is there, whatever it is. */
export interface Found {
  readonly value: unknown
}

/**
 * The value under `key`; undefined only if there is none. Counted, since WebKit gives null for a value with a
 * CryptoKey that it cannot read.
 */
export async function find(store: IDBObjectStore, key: string): Promise<Found | undefined> {
  const [count, value] = await Promise.all([
    promisifyRequest(store.count(key)),
    promisifyRequest(store.get(key) as IDBRequest<unknown>),
  ])
  return count === 0 ? undefined : { value }
}

/** Writes `value` under `key`; false if the engine does not clone such values. */
export function tryPut(store: IDBObjectStore, value: unknown, key: string): boolean {
  try {
    store.put(value, key)
    return true
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return false
    throw error
  }
}
