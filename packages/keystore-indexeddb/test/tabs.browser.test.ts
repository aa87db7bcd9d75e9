import { KeyManager, KeyStoreError, PREVIOUS_KEY } from '@nomyo/core'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { freshDatabase } from './support/databases.ts'
import { sealedIn } from './support/keys.ts'
import { raceTabs } from './support/tabs.ts'

const DAY = 24 * 60 * 60 * 1000

let databaseName: string
beforeEach(() => {
  databaseName = freshDatabase()
})
afterEach(() => {
  vi.restoreAllMocks()
})

test('two tabs racing end with one key', async () => {
  const tabs = await raceTabs(2, databaseName)
  const stored = await indexedDBKeyStore({ databaseName }).load('current')
  expect(tabs).toHaveLength(2)
  for (const { fingerprint, previous } of tabs) {
    expect(fingerprint).toBe(stored?.keyPair.publicKey.fingerprint)
    expect(previous).toBeUndefined()
  }
  expect(await indexedDBKeyStore({ databaseName }).list()).toEqual(['current'])
})

test('two tabs racing to replace a 91-day-old key end with one key, and keep the old one', async () => {
  const keyPair = await sealedIn('rsa2048')
  const store = indexedDBKeyStore({ databaseName })
  await store.save('current', { keyPair, createdAt: Date.now() - 91 * DAY })
  const tabs = await raceTabs(2, databaseName)
  const stored = await store.load('current')
  const fingerprint = stored?.keyPair.publicKey.fingerprint
  expect(fingerprint).not.toBe(keyPair.publicKey.fingerprint)
  const previous = keyPair.publicKey.fingerprint
  expect(tabs).toEqual([
    { fingerprint, previous },
    { fingerprint, previous },
  ])
  expect((await store.load(PREVIOUS_KEY))?.keyPair.publicKey.fingerprint).toBe(previous)
})

test('two stores racing end with one key', async () => {
  generateQuickKeys()
  const managers = [1, 2, 3, 4].map(() => new KeyManager({ store: indexedDBKeyStore({ databaseName }) }))
  const keys = await Promise.all(managers.map((manager) => manager.current()))
  expect(new Set(keys.map(({ publicKey }) => publicKey.fingerprint)).size).toBe(1)
})

test('two stores racing to meet a router: one decides', async () => {
  const url = 'https://one.example'
  const contacts = ['sha256/a', 'sha256/b', 'sha256/c'].map((fingerprint) =>
    indexedDBKeyStore({ databaseName }).set(
      url,
      { fingerprints: [fingerprint], firstSeen: 1, highestProtocol: '1.0' },
      { onlyIfUnknown: true },
    ),
  )
  const outcomes = await Promise.allSettled(contacts)
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  expect(refused.map((error) => KeyStoreError.isInstance(error) && error.code)).toEqual(['exists', 'exists'])
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
  const known = await indexedDBKeyStore({ databaseName }).get(url)
  expect(known?.fingerprints).toEqual([['sha256/a', 'sha256/b', 'sha256/c'][winner]])
})
