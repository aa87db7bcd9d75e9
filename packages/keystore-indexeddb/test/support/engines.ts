/**
 * Fakes of engines that do not keep CryptoKeys, since Chromium does: they lose them where it would write or
 * read them.
 */
import { vi } from 'vitest'

/** What an engine does with a key that it does not keep. */
export type Loss =
  /** It refuses the value, as WebKit does in Lockdown Mode. */
  | 'refuses to clone'
  /** It keeps the value with null in the key's place, as old versions of Safari did. */
  | 'keeps null'
  /** It keeps the value and gives null for all of it, as WebKit does for keys that it cannot deserialise. */
  | 'gives null'

export const LOSSES: readonly Loss[] = ['refuses to clone', 'keeps null', 'gives null']

/** Makes this engine one that does not keep the keys that `isLost` names, until mocks are restored. */
export function loseKeys(loss: Loss, isLost: (key: CryptoKey) => boolean): void {
  if (loss === 'gives null') return loseOnReading(isLost)
  const { put } = IDBObjectStore.prototype
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
    key,
  ) {
    if (holdsLost(value, isLost) && loss === 'refuses to clone') {
      throw new DOMException('The object can not be cloned.', 'DataCloneError')
    }
    return put.call(this, withoutLost(value, isLost), key)
  })
}

/** Whether it is a private RSA key. */
export function isRSA(key: CryptoKey): boolean {
  return key.algorithm.name === 'RSA-OAEP'
}

/** Every key. */
export function isAny(): boolean {
  return true
}

function loseOnReading(isLost: (key: CryptoKey) => boolean): void {
  const read = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'result')!.get!
  vi.spyOn(IDBRequest.prototype, 'result', 'get').mockImplementation(function (this: IDBRequest) {
    const value: unknown = read.call(this)
    return holdsLost(value, isLost) ? null : value
  })
}

function holdsLost(value: unknown, isLost: (key: CryptoKey) => boolean): boolean {
  if (value instanceof CryptoKey) return isLost(value)
  return isRecord(value) && Object.values(value).some((part) => holdsLost(part, isLost))
}

function withoutLost(value: unknown, isLost: (key: CryptoKey) => boolean): unknown {
  if (value instanceof CryptoKey) return isLost(value) ? null : value
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutLost(part, isLost)]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
