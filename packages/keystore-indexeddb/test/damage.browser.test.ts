/** Records that are there and cannot be used: an error that names them, and nothing is lost. */
import { KeyManager, type KeyStoreWarning } from '@nomyo/core'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { beforeEach, describe, expect, test } from 'vitest'
import { contentOf, freshDatabase, connectTo, plant } from './support/databases.ts'
import { expectCode, expectOpens, exportable, sealedIn } from './support/keys.ts'

type Fields = Record<string, unknown>

const warnings: KeyStoreWarning[] = []
const makeStore = (): ReturnType<typeof indexedDBKeyStore> =>
  indexedDBKeyStore({ databaseName, onWarning: (warning) => warnings.push(warning) })

let databaseName: string
let record: Fields
let spare: CryptoKey
let aes: CryptoKey
beforeEach(async () => {
  databaseName = freshDatabase()
  warnings.length = 0
  await makeStore().save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
  record = (await contentOf(databaseName)).get('key:current') as Fields
  spare = (await sealedIn('rsa3072')).privateKey
  aes = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey'])
})

const wrapped = (changes: Fields): Fields => ({
  form: 'wrapped',
  wrappingKey: aes,
  nonce: new Uint8Array(12),
  ciphertext: new Uint8Array(1200),
  ...changes,
})
const encrypted = (changes: Fields): Fields => ({
  form: 'encrypted',
  salt: new Uint8Array(16),
  iterations: 600_000,
  nonce: new Uint8Array(12),
  ciphertext: new Uint8Array(1200),
  ...changes,
})

const DAMAGES: readonly [string, () => unknown][] = [
  ['null', () => null],
  ['a text', () => 'a text'],
  ['a list', () => []],
  ['an empty record', () => ({})],
  ['the record of a later version', () => ({ ...record, version: 2 })],
  ['a version that is a text', () => ({ ...record, version: '1' })],
  ['no fingerprint', () => ({ ...record, fingerprint: undefined })],
  ['the fingerprint of another key', () => ({ ...record, fingerprint: 'sha256/AAAA' })],
  ['no creation time', () => ({ ...record, createdAt: undefined })],
  ['a creation time that is no number', () => ({ ...record, createdAt: NaN })],
  ['no public key', () => ({ ...record, publicKey: undefined })],
  ['a public key that is a buffer', () => ({ ...record, publicKey: new ArrayBuffer(294) })],
  [
    'a public key that is cut off',
    () => ({ ...record, publicKey: (record.publicKey as Uint8Array).slice(1) }),
  ],
  ['a public key that is huge', () => ({ ...record, publicKey: new Uint8Array(1e6) })],
  ['no private key', () => ({ ...record, privateKey: undefined })],
  ['a private key that was lost', () => ({ ...record, privateKey: { form: 'live', key: null } })],
  ['a private key of no known form', () => ({ ...record, privateKey: { form: 'other', key: spare } })],
  ['a private key of another kind', () => ({ ...record, privateKey: { form: 'live', key: aes } })],
  ['the private key of another pair', () => ({ ...record, privateKey: { form: 'live', key: spare } })],
  ['a wrapping key that was lost', () => ({ ...record, privateKey: wrapped({ wrappingKey: null }) })],
  ['a wrapping key of another kind', () => ({ ...record, privateKey: wrapped({ wrappingKey: spare }) })],
  ['a wrapped key that is damaged', () => ({ ...record, privateKey: wrapped({}) })],
  ['a nonce of 16 bytes', () => ({ ...record, privateKey: wrapped({ nonce: new Uint8Array(16) }) })],
  [
    'a ciphertext of a tag alone',
    () => ({ ...record, privateKey: wrapped({ ciphertext: new Uint8Array(16) }) }),
  ],
  [
    'a ciphertext that is huge',
    () => ({ ...record, privateKey: encrypted({ ciphertext: new Uint8Array(1e6) }) }),
  ],
  ['a salt of 15 bytes', () => ({ ...record, privateKey: encrypted({ salt: new Uint8Array(15) }) })],
  ['no salt', () => ({ ...record, privateKey: encrypted({ salt: undefined }) })],
  ['no iterations', () => ({ ...record, privateKey: encrypted({ iterations: undefined }) })],
]

describe.each(DAMAGES)('%s in place of a key', (_, damage) => {
  test('is unreadable, named, listed, and not overwritten', async () => {
    await plant(databaseName, 'key:current', damage())
    const before = await contentOf(databaseName)
    const store = makeStore()
    await expectCode(store.load('current'), 'unreadable', `"current"`, JSON.stringify(databaseName))
    await expectCode(new KeyManager({ store }).current(), 'unreadable')
    await expectCode(new KeyManager({ store }).generate(), 'unreadable')
    expect(await store.list()).toEqual(['current'])
    const fresh = { keyPair: await exportable('rsa3072'), createdAt: 2 }
    await expectCode(store.save('current', fresh), 'exists')
    expect(await contentOf(databaseName)).toEqual(before)
    expect([store.volatile, warnings]).toEqual([false, []])
  })
})

describe('a damaged record', () => {
  beforeEach(() => plant(databaseName, 'key:current', { ...record, privateKey: { form: 'live', key: null } }))

  test('is neither compared nor kept under another name', async () => {
    const store = makeStore()
    const before = await contentOf(databaseName)
    const fresh = { keyPair: await exportable('rsa3072'), createdAt: 2 }
    const expected = (await exportable('rsa2048')).publicKey.fingerprint
    await expectCode(store.save('current', fresh, { replace: true, expected }), 'unreadable', '"current"')
    const kept = store.save('current', fresh, { replace: true, keepAs: 'previous' })
    await expectCode(kept, 'unreadable', '"current"')
    expect(await contentOf(databaseName)).toEqual(before)
  })

  test('makes room for whoever says that it is to be replaced, or deleted', async () => {
    const store = makeStore()
    const fresh = await exportable('rsa3072')
    await store.save('current', { keyPair: fresh, createdAt: 2 }, { replace: true })
    await expectOpens(fresh, (await store.load('current'))?.keyPair)
    await plant(databaseName, 'key:current', null)
    await store.delete('current')
    expect(await store.list()).toEqual([])
  })

  test('does not hide the others', async () => {
    const store = makeStore()
    await store.save('previous', { keyPair: await exportable('rsa3072'), createdAt: 2 })
    expect(await store.load('previous')).toBeDefined()
    expect([...(await store.list())].sort()).toEqual(['current', 'previous'])
  })
})

const TRUST = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' } as const
const ROUTER = 'https://one.example'

describe.each([
  ['null', null],
  ['no fingerprints', { ...TRUST, fingerprints: [] }],
  ['fingerprints that are no texts', { ...TRUST, fingerprints: [1] }],
  ['fingerprints that are one text', { ...TRUST, fingerprints: 'sha256/a' }],
  ['a time that is no number', { ...TRUST, firstSeen: NaN }],
  ['no time', { ...TRUST, firstSeen: undefined }],
  ['an unknown protocol', { ...TRUST, highestProtocol: '3.0' }],
])('%s in place of what is known of a router', (_, value) => {
  test('is unreadable, and not unknown', async () => {
    await plant(databaseName, `router:${ROUTER}`, value)
    const store = makeStore()
    await expectCode(store.get(ROUTER), 'unreadable', ROUTER, JSON.stringify(databaseName))
    await expectCode(store.set(ROUTER, TRUST, { onlyIfUnknown: true }), 'exists')
    await store.set(ROUTER, TRUST)
    expect(await store.get(ROUTER)).toEqual(TRUST)
  })

  test('is not saved', async () => {
    const store = makeStore()
    const saving = store.set(ROUTER, value as unknown as typeof TRUST)
    await expect(saving).rejects.toMatchObject({ code: 'validation_failed' })
    expect(await store.get(ROUTER)).toBeUndefined()
  })
})

describe('a database of somebody else', () => {
  test('is an error, and left alone', async () => {
    const foreign = freshDatabase()
    const others = await connectTo(foreign, 'their store')
    others.close()
    const store = indexedDBKeyStore({ databaseName: foreign, onWarning: (warning) => warnings.push(warning) })
    for (const attempt of [store.load('current'), store.list(), store.get(ROUTER)]) {
      await expectCode(attempt, 'unreadable', JSON.stringify(foreign))
    }
    expect([await contentOf(foreign, 'their store'), store.volatile, warnings]).toEqual([
      new Map(),
      false,
      [],
    ])
  })

  test('keys of different environments never meet, whatever they are called', async () => {
    const shared = freshDatabase()
    await indexedDBKeyStore({ databaseName: shared, environment: 'b' }).set(ROUTER, TRUST)
    const store = indexedDBKeyStore({ databaseName: `${shared}-b` })
    await expectCode(store.get(ROUTER), 'unreadable', `${shared}-b`)
    expect(await indexedDBKeyStore({ databaseName: shared }).get(ROUTER)).toBeUndefined()
    expect(await indexedDBKeyStore({ databaseName: shared, environment: 'b' }).get(ROUTER)).toEqual(TRUST)
  })
})
