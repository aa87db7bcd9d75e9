/** Keys in IndexedDB, also over a reload of the page; and in memory where there is none. */
import type { SecureChatCompletion } from '@nomyo/client'
import { KeyStoreError, open, seal, SecurityError, type KeyStore, type TrustStore } from '@nomyo/core'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'
import { ask, clientFor, isAnswerTo, PROMPT, textOfAnswer } from './asking.ts'
import { equal, failureOf, fails } from './expect.ts'
import { testKey, textOf, utf8 } from './fixtures.ts'
import { where, type Case, type Check } from './harness.ts'
import { holdsContract, isPairOf } from './store-contract.ts'

const KEPT = 'kept-over-a-reload'

interface Warned {
  readonly store: KeyStore & TrustStore
  /** The codes of its warnings. */
  readonly codes: string[]
}

function makeStore(databaseName: string, options: IndexedDBKeyStoreOptions = {}): Warned {
  const codes: string[] = []
  const store = indexedDBKeyStore({ databaseName, onWarning: ({ code }) => codes.push(code), ...options })
  return { store, codes }
}

let count = 0
const fresh = (): string => `fresh-${Date.now()}-${++count}`

/** The same in memory, with one typed warning, and gone with the store. */
const inMemory: Check = async (context) => {
  equal(typeof globalThis.indexedDB, 'undefined')
  const databaseName = fresh()
  const { store, codes } = makeStore(databaseName)
  equal(store.volatile, false)
  await holdsContract(context, store, () => store)
  equal([store.volatile, codes], [true, ['storage_unavailable']])
  equal(await makeStore(databaseName).store.list(), [], 'what another store of that name holds')
}

const clientInMemory: Check = async (context) => {
  const { store, codes } = makeStore(fresh())
  await store.save('current', { keyPair: await testKey(context, 'rsa2048'), createdAt: Date.now() })
  const client = await clientFor(context, { keyStore: store, protocol: '1.0' })
  await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask())))
  equal([client.protection().clientKey.kept, codes], ['memory', ['storage_unavailable']])
}

const passwordInMemory: Check = async (context) => {
  const { store, codes } = makeStore(fresh(), { password: 'right' })
  await store.save('current', { keyPair: await testKey(context, 'rsa2048', true), createdAt: 1 })
  const { privateKey } = (await store.load('current'))!.keyPair
  equal([privateKey.extractable, codes], [false, ['storage_unavailable']])
}

export const indexedDBCases: readonly Case[] = [
  where(
    'indexedDB',
    'indexeddb',
    'the store holds the contract',
    async (context) => {
      const databaseName = fresh()
      const { store, codes } = makeStore(databaseName)
      await holdsContract(context, store, () => makeStore(databaseName).store)
      equal([store.volatile, codes], [false, []])
    },
    { 'memory and a warning': inMemory },
  ),

  where(
    'indexedDB',
    'indexeddb',
    'a client generates its key into it, and another one finds it',
    async (context) => {
      const databaseName = fresh()
      const keyed = async (): Promise<SecureChatCompletion> =>
        clientFor(context, { keyStore: makeStore(databaseName).store, protocol: '1.0' })
      const first = await keyed()
      await isAnswerTo(PROMPT, textOfAnswer(await first.create(ask())))
      const { kept, isExportable, fingerprint } = first.protection().clientKey
      equal([kept, isExportable], ['store', false])
      const second = await keyed()
      equal((await second.loadKeys()).fingerprint, fingerprint)
      await isAnswerTo(PROMPT, textOfAnswer(await second.create(ask())))
      await fails(KeyStoreError, 'exists', () => second.generateKeys())
    },
    { 'memory and a warning': clientInMemory },
  ),

  where(
    'indexedDB',
    'indexeddb',
    'with a password, keys need it',
    async (context) => {
      const databaseName = fresh()
      const keyPair = await testKey(context, 'rsa2048', true)
      await makeStore(databaseName, { password: 'right' }).store.save('current', { keyPair, createdAt: 1 })
      const record = await makeStore(databaseName, { password: 'right' }).store.load('current')
      await isPairOf(keyPair, record?.keyPair)
      equal(record?.keyPair.privateKey.extractable, false)
      const wrong = makeStore(databaseName, { password: 'wrong' }).store
      await fails(SecurityError, 'decryption_failed', () => wrong.load('current'))
      await fails(KeyStoreError, 'locked', () => makeStore(databaseName).store.load('current'))
      await isPairOf(
        keyPair,
        (await makeStore(databaseName, { password: 'right' }).store.load('current'))?.keyPair,
      )
    },
    { 'memory and a warning': passwordInMemory },
  ),

  where(
    'indexedDB',
    'indexeddb',
    'a key that nobody can export is stored',
    async (context) => {
      const { store } = makeStore(KEPT)
      const keyPair = await testKey(context, 'rsa4096')
      await store.save('current', { keyPair, createdAt: 1 }, { replace: true })
      const envelope = textOf(await seal(utf8('{"sealed":"before"}'), keyPair.publicKey))
      sessionStorage.setItem(KEPT, JSON.stringify({ envelope, fingerprint: keyPair.publicKey.fingerprint }))
      await isPairOf(keyPair, (await store.load('current'))?.keyPair)
    },
    { 'memory and a warning': inMemory },
  ),

  where(
    'indexedDB',
    'indexeddb',
    'after a reload of the page it opens what was sealed before, and still nobody can export it',
    async () => {
      const before = JSON.parse(sessionStorage.getItem(KEPT)!) as { envelope: string; fingerprint: string }
      const { keyPair } = (await makeStore(KEPT).store.load('current'))!
      equal([keyPair.publicKey.fingerprint, keyPair.privateKey.extractable], [before.fingerprint, false])
      equal(textOf((await open(utf8(before.envelope), keyPair)).plaintext), '{"sealed":"before"}')
      for (const format of ['pkcs8', 'jwk'] as const) {
        const error = await failureOf(() => crypto.subtle.exportKey(format, keyPair.privateKey))
        equal((error as Error).name, 'InvalidAccessError')
      }
    },
    {
      'memory and a warning': async (context) => {
        await makeStore(KEPT).store.save('current', {
          keyPair: await testKey(context, 'rsa2048'),
          createdAt: 1,
        })
        equal(await makeStore(KEPT).store.load('current'), undefined, 'what is left for the next store')
      },
    },
    'reloaded',
  ),
]
