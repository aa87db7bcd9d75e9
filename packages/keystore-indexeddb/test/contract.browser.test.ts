import type { KeyPair, KeyStore, TrustStore } from '@nomyo/core'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'
import { beforeEach } from 'vitest'
import { describeStore } from '../../core/test/store-contract.ts'
import { freshDatabase } from './support/databases.ts'
import { exportable } from './support/keys.ts'

type Store = KeyStore & TrustStore

let databaseName: string
beforeEach(() => {
  databaseName = freshDatabase()
})

const keys = async (): Promise<readonly [KeyPair, KeyPair]> => [
  await exportable('rsa2048'),
  await exportable('rsa3072'),
]

const settings: readonly [string, IndexedDBKeyStoreOptions][] = [
  ['indexedDBKeyStore', {}],
  ['indexedDBKeyStore with a password', { password: 'correct horse' }],
  ['indexedDBKeyStore with exportable keys', { exportable: true }],
  ['indexedDBKeyStore of another environment', { environment: 'staging.eu-1' }],
]

for (const [name, options] of settings) {
  const make = async (): Promise<Store> => indexedDBKeyStore({ databaseName, ...options })
  describeStore({ name, keys, empty: make, reopened: make })
}
