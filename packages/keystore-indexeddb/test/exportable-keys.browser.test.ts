/** Which private keys can leave the browser, and which cannot. */
import { exportPrivateKey, generateKeyPair, KeyManager, type KeyPair } from '@nomyo/core'
import { exportPrivateKeyPem, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pkcs8Of } from '../../core/test/keys.ts'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { contentOf, freshDatabase } from './support/databases.ts'
import { expectNotExportable, expectOpens, exportable, sealedIn } from './support/keys.ts'

let databaseName: string
beforeEach(() => {
  databaseName = freshDatabase()
})
afterEach(() => {
  vi.restoreAllMocks()
})

test('exportKey of a browser key rejects', async () => {
  generateQuickKeys()
  const generated = await new KeyManager({ store: indexedDBKeyStore({ databaseName }) }).current()
  await expectNotExportable(generated)
  const loaded = await new KeyManager({ store: indexedDBKeyStore({ databaseName }) }).load()
  await expectNotExportable(loaded.keyPair)
  await expectOpens(generated, loaded.keyPair)
})

test('a key that could be exported cannot be any more once it was saved without exportable', async () => {
  const keyPair = await exportable('rsa2048')
  await indexedDBKeyStore({ databaseName }).save('current', { keyPair, createdAt: 1 })
  expect((await contentOf(databaseName)).get('key:current')).toMatchObject({
    privateKey: { form: 'live', key: { extractable: false } },
  })
  // Not even by a store that exports.
  const record = await indexedDBKeyStore({ databaseName, exportable: true }).load('current')
  await expectNotExportable(record!.keyPair)
  await expectOpens(keyPair, record?.keyPair)
})

test('a key that was saved exportable is loaded so only by a store that exports', async () => {
  const [keyPair, pkcs8] = [await exportable('rsa2048'), pkcs8Of('rsa2048')]
  await indexedDBKeyStore({ databaseName, exportable: true }).save('current', { keyPair, createdAt: 1 })
  const open = await indexedDBKeyStore({ databaseName, exportable: true }).load('current')
  expect(await exportPrivateKey(open!.keyPair)).toEqual(pkcs8)
  const closed = await indexedDBKeyStore({ databaseName }).load('current')
  await expectNotExportable(closed!.keyPair)
  await expectOpens(keyPair, closed?.keyPair)
})

test('under a password, that is decided when it is loaded', async () => {
  const [keyPair, password] = [await exportable('rsa2048'), 'correct horse']
  await indexedDBKeyStore({ databaseName, password }).save('current', { keyPair, createdAt: 1 })
  const closed = await indexedDBKeyStore({ databaseName, password }).load('current')
  await expectNotExportable(closed!.keyPair)
  const open = await indexedDBKeyStore({ databaseName, password, exportable: true }).load('current')
  expect(await exportPrivateKey(open!.keyPair)).toEqual(pkcs8Of('rsa2048'))
})

test.each([
  ['exportable: true', { exportable: true }],
  ['a password', { password: 'correct horse' }],
])('with %s, keys must be generated exportable', async (_, options) => {
  const store = indexedDBKeyStore({ databaseName, ...options })
  expect(store.needsExportableKeys).toBe(true)
  const saving = store.save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
  await expect(saving).rejects.toMatchObject({ code: 'validation_failed' })
  expect(await store.list()).toEqual([])
  generateQuickKeys()
  await new KeyManager({ store }).generate()
  expect(await store.list()).toEqual(['current'])
})

test('an exportable key goes out as an encrypted PEM and comes back in', async () => {
  const options = { databaseName, exportable: true }
  const keyPair = await generateKeyPair({ modulusLength: 2048, exportable: true })
  await indexedDBKeyStore(options).save('current', { keyPair, createdAt: 1 })
  const backup = await exportPrivateKeyPem((await indexedDBKeyStore(options).load('current'))!.keyPair, {
    password: 'backup password',
  })
  expect(backup).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  const store = indexedDBKeyStore({ databaseName: freshDatabase() })
  const imported = await importPrivateKeyPem(backup, { password: 'backup password', exportable: true })
  await store.save('current', { keyPair: imported.keyPair, createdAt: 1 })
  const restored = await store.load('current')
  expect(restored?.keyPair.publicKey.fingerprint).toBe(keyPair.publicKey.fingerprint)
  await expectOpens(keyPair, restored?.keyPair)
})

test('no PKCS#8 passes through JavaScript on its way into the database and back', async () => {
  const [keyPair, exportKey] = [await exportable('rsa2048'), vi.spyOn(crypto.subtle, 'exportKey')]
  const importKey = vi.spyOn(crypto.subtle, 'importKey')
  const store = indexedDBKeyStore({ databaseName, password: 'correct horse' })
  await store.save('current', { keyPair, createdAt: 1 })
  await store.save('previous', { keyPair, createdAt: 1 })
  await store.load('current')
  expect(exportKey).not.toHaveBeenCalled()
  expect(importKey.mock.calls.map(([format]) => format)).not.toContain('pkcs8')
})

test.each([NaN, Infinity, undefined, '1'])(
  'a key is not saved with the creation time %s',
  async (createdAt) => {
    const store = indexedDBKeyStore({ databaseName })
    const record = { keyPair: await sealedIn('rsa2048'), createdAt: createdAt as number }
    await expect(store.save('current', record)).rejects.toMatchObject({ code: 'validation_failed' })
    expect(await store.list()).toEqual([])
  },
)

test('public and private disagree: such a pair is not saved', async () => {
  const { publicKey } = await exportable('rsa3072')
  const keyPair: KeyPair = { publicKey, privateKey: (await exportable('rsa2048')).privateKey }
  const store = indexedDBKeyStore({ databaseName })
  const saving = store.save('current', { keyPair, createdAt: 1 })
  await expect(saving).rejects.toMatchObject({ code: 'validation_failed' })
  expect([await store.list(), store.volatile]).toEqual([[], false])
})
