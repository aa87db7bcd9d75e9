/** On a server, where pages are rendered: there is no IndexedDB. */
import { KeyManager, ValidationError, type KeyStoreWarning } from '@nomyo/core'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { describeStore } from '../../core/test/store-contract.ts'
import { exportable } from './support/keys.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const quiet: IndexedDBKeyStoreOptions = { onWarning: () => undefined }

describeStore({
  name: 'indexedDBKeyStore without IndexedDB',
  keys: async () => [await exportable('rsa2048'), await exportable('rsa3072')],
  empty: async () => indexedDBKeyStore(quiet),
})

test('a store can be made, and does nothing until it is used', async () => {
  expect('indexedDB' in globalThis).toBe(false)
  const warnings: KeyStoreWarning[] = []
  const store = indexedDBKeyStore({ onWarning: (warning) => warnings.push(warning) })
  expect([store.volatile, store.needsExportableKeys, warnings]).toEqual([false, false, []])
  generateQuickKeys()
  await new KeyManager({ store }).current()
  expect([store.volatile, warnings.map(({ code }) => code)]).toEqual([true, ['storage_unavailable']])
})

test.each<[string, object]>([
  ['an environment that is empty', { environment: '' }],
  ['an environment with a slash', { environment: 'a/b' }],
  ['an environment with a space', { environment: 'a b' }],
  ['an environment of 65 characters', { environment: 'x'.repeat(65) }],
  ['the environment ..', { environment: '..' }],
  ['an environment that is no text', { environment: 1 }],
  ['a database without a name', { databaseName: '' }],
  ['a database name that is no text', { databaseName: null }],
  ['exportable that is no boolean', { exportable: 'yes' }],
  ['onWarning that is no function', { onWarning: 'console' }],
  ['a password that is undefined', { password: undefined }],
  ['an empty password', { password: '' }],
])('%s is refused at once', (_, options) => {
  expect(() => indexedDBKeyStore(options)).toThrow(ValidationError)
})
