/** Engines that do not keep CryptoKeys: fakes, made of Chromium, which does. */
import { KeyManager, type KeyStoreWarning } from '@nomyo/core'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { describeStore } from '../../core/test/store-contract.ts'
import { contentOf, freshDatabase } from './support/databases.ts'
import { isAny, isRSA, loseKeys, LOSSES } from './support/engines.ts'
import { expectCode, expectNotExportable, expectOpens, exportable, sealedIn } from './support/keys.ts'

let databaseName: string
let warnings: KeyStoreWarning[]
const onWarning = (warning: KeyStoreWarning): void => void warnings.push(warning)
const codes = (): string[] => warnings.map(({ code }) => code)

beforeEach(() => {
  databaseName = freshDatabase()
  warnings = []
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('an engine that keeps CryptoKeys', () => {
  test('keeps the private key itself, which nobody can export', async () => {
    await indexedDBKeyStore({ databaseName }).save('current', {
      keyPair: await sealedIn('rsa2048'),
      createdAt: 1,
    })
    expect((await contentOf(databaseName)).get('key:current')).toMatchObject({
      version: 1,
      privateKey: { form: 'live', key: { type: 'private', extractable: false } },
    })
  })

  test('costs no key that is thrown away', async () => {
    const store = indexedDBKeyStore({ databaseName, onWarning })
    const generated = generateQuickKeys()
    expect(await Promise.all([store.load('current'), store.load('previous')])).toEqual([undefined, undefined])
    expect(generated()).toBe(0)
    expect([...(await contentOf(databaseName)).keys()]).toEqual([])
    await new KeyManager({ store }).current()
    expect(generated()).toBe(1)
    expect([store.needsExportableKeys, store.volatile]).toEqual([false, false])
    expect([...(await contentOf(databaseName)).keys()]).toEqual(['key:current'])
    expect(warnings).toEqual([])
  })
})

describe.each(LOSSES)('an engine (fake) that %s for private RSA keys', (loss) => {
  beforeEach(() => loseKeys(loss, isRSA))

  describeStore({
    name: 'indexedDBKeyStore',
    keys: async () => [await exportable('rsa2048'), await exportable('rsa3072')],
    empty: async () => indexedDBKeyStore({ databaseName }),
    reopened: async () => indexedDBKeyStore({ databaseName }),
  })

  test('needs exportable keys, which the first key finds out', async () => {
    const store = indexedDBKeyStore({ databaseName })
    const generated = generateQuickKeys()
    expect(store.needsExportableKeys).toBe(false)
    await new KeyManager({ store }).current()
    expect([store.needsExportableKeys, store.volatile, generated()]).toEqual([true, false, 2])
  })

  test('keeps them under an AES key that nobody can export, and gives none that can be exported', async () => {
    generateQuickKeys()
    const manager = new KeyManager({ store: indexedDBKeyStore({ databaseName, onWarning }) })
    const keyPair = await manager.current()
    const [name, value] = [...(await contentOf(databaseName))].at(-1)!
    expect(name).toBe('key:current')
    expect(value).toMatchObject({
      privateKey: {
        form: 'wrapped',
        wrappingKey: { extractable: false, algorithm: { name: 'AES-GCM', length: 256 } },
      },
    })
    const reloaded = indexedDBKeyStore({ databaseName, onWarning })
    const record = await reloaded.load('current')
    await expectOpens(keyPair, record?.keyPair)
    await expectNotExportable(record!.keyPair)
    expect(reloaded.needsExportableKeys).toBe(true)
    expect(warnings).toEqual([])
  })

  test('says of a key that cannot be exported that it cannot be stored', async () => {
    const store = indexedDBKeyStore({ databaseName })
    const saving = store.save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
    await expect(saving).rejects.toMatchObject({ code: 'validation_failed' })
    expect(store.needsExportableKeys).toBe(true)
    expect([...(await contentOf(databaseName)).keys()]).toEqual([])
  })
})

describe.each(LOSSES)('an engine (fake) that %s for every CryptoKey', (loss) => {
  test('keeps keys in memory, with a warning, and what is known of routers in the database', async () => {
    loseKeys(loss, isAny)
    generateQuickKeys()
    const store = indexedDBKeyStore({ databaseName, onWarning })
    expect(store.volatile).toBe(false)
    const keyPair = await new KeyManager({ store }).current()
    expect([store.volatile, store.needsExportableKeys]).toEqual([true, false])
    expect(codes()).toEqual(['keys_not_kept'])
    await expectOpens(keyPair, (await store.load('current'))?.keyPair)
    expect(await store.list()).toEqual(['current'])
    const trust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' } as const
    await store.set('https://one.example', trust)
    expect([...(await contentOf(databaseName)).keys()]).toEqual(['router:https://one.example'])
    await store.delete('current')
    expect(await store.list()).toEqual([])
  })

  test('a key that is saved before anything was loaded goes to memory too, without its export', async () => {
    loseKeys(loss, isAny)
    const store = indexedDBKeyStore({ databaseName, onWarning })
    await store.save('current', { keyPair: await exportable('rsa2048'), createdAt: 1 })
    expect([store.volatile, codes()]).toEqual([true, ['keys_not_kept']])
    await expectNotExportable((await store.load('current'))!.keyPair)
  })

  test('keeps keys under a password all the same', async () => {
    loseKeys(loss, isAny)
    const options = { databaseName, onWarning, password: 'correct horse' }
    const keyPair = await exportable('rsa2048')
    await indexedDBKeyStore(options).save('current', { keyPair, createdAt: 1 })
    const store = indexedDBKeyStore(options)
    await expectOpens(keyPair, (await store.load('current'))?.keyPair)
    expect([store.volatile, warnings]).toEqual([false, []])
  })
})

test('a stored key that an engine (fake) loses later is an error, and never replaced', async () => {
  const record = { keyPair: await exportable('rsa2048'), createdAt: 1 }
  await indexedDBKeyStore({ databaseName }).save('current', record)
  loseKeys('gives null', isAny)
  const store = indexedDBKeyStore({ databaseName, onWarning })
  await expectCode(store.load('current'), 'unreadable', databaseName, '"current"')
  await expectCode(new KeyManager({ store }).current(), 'unreadable')
  const expected = record.keyPair.publicKey.fingerprint
  for (const options of [{}, { replace: true }, { replace: true, expected, keepAs: 'previous' }]) {
    await expectCode(store.save('current', record, options), 'unwritable', databaseName)
  }
  expect(await store.load('previous')).toBeUndefined()
  expect([await store.list(), store.volatile, warnings]).toEqual([['current'], false, []])
  vi.restoreAllMocks()
  await expectOpens(record.keyPair, (await store.load('current'))?.keyPair)
})
