/** What every store must do, whatever it is made of. Runs wherever Vitest does. */
import {
  isSamePublicKey,
  KeyStoreError,
  subtle,
  type KeyPair,
  type KeyStore,
  type TrustStore,
} from '@nomyo/core'
import { beforeEach, describe, expect, test } from 'vitest'

type Store = KeyStore & TrustStore

/** A store under test. */
export interface StoreUnderTest {
  readonly name: string
  /** A store over an empty place. */
  empty(): Promise<Store>
  /** Another store over the same place as `store`; left out if what a store holds dies with it. */
  reopened?(store: Store): Promise<Store>
  /** Two different key pairs with exportable private keys. */
  readonly keys: () => Promise<readonly [KeyPair, KeyPair]>
}

const CREATED_AT = 1_700_000_000_123
const TRUST = {
  fingerprints: ['sha256/a', 'sha256/b'],
  firstSeen: CREATED_AT,
  highestProtocol: '1.0',
} as const

/** Declares the contract's tests for one store. */
export function describeStore({ name, empty, reopened, keys }: StoreUnderTest): void {
  describe(`${name}: the contract`, () => {
    let store: Store
    let first: KeyPair
    let second: KeyPair
    beforeEach(async () => {
      store = await empty()
      ;[first, second] = await keys()
    })
    const again = async (): Promise<Store> => (await reopened?.(store)) ?? store

    test('an empty store has no keys and knows no routers', async () => {
      expect(await store.load('current')).toBeUndefined()
      expect(await store.list()).toEqual([])
      expect(await store.get('https://router.example')).toBeUndefined()
      await store.delete('current')
    })

    test('a saved key comes back with its creation time, and works', async () => {
      await store.save('current', { keyPair: first, createdAt: CREATED_AT })
      const record = await (await again()).load('current')
      expect(record?.createdAt).toBe(CREATED_AT)
      expect(record?.keyPair.publicKey.fingerprint).toBe(first.publicKey.fingerprint)
      await expectPair(first, record!.keyPair)
    })

    test('names are apart, and listed', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 })
      await store.save('previous', { keyPair: second, createdAt: 2 })
      const other = await again()
      expect([...(await other.list())].sort()).toEqual(['current', 'previous'])
      expect(isSamePublicKey((await other.load('current'))!.keyPair.publicKey, first.publicKey)).toBe(true)
      expect(isSamePublicKey((await other.load('previous'))!.keyPair.publicKey, second.publicKey)).toBe(true)
    })

    test('a key is replaced only on request', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 })
      const record = { keyPair: second, createdAt: 2 }
      for (const options of [undefined, {}, { replace: false }]) {
        await expectCode(store.save('current', record, options), 'exists')
      }
      expect((await (await again()).load('current'))?.createdAt).toBe(1)
      await store.save('current', record, { replace: true })
      const replaced = await (await again()).load('current')
      expect(replaced?.createdAt).toBe(2)
      await expectPair(second, replaced!.keyPair)
    })

    test('replace: true needs nothing to replace', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 }, { replace: true })
      expect((await store.load('current'))?.createdAt).toBe(1)
    })

    test('one of several saves at once wins', async () => {
      const saves = [first, second, first, second].map((keyPair, createdAt) =>
        store.save('current', { keyPair, createdAt }),
      )
      const outcomes = await Promise.allSettled(saves)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
      const record = await (await again()).load('current')
      expect(record?.createdAt).toBe(winner)
      await expectPair(winner % 2 === 0 ? first : second, record!.keyPair)
    })

    test('a replaced key is kept under another name, in the same step', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 })
      await store.save('current', { keyPair: second, createdAt: 2 }, { replace: true, keepAs: 'previous' })
      const other = await again()
      const [current, previous] = [await other.load('current'), await other.load('previous')]
      expect([current?.createdAt, previous?.createdAt]).toEqual([2, 1])
      await expectPair(second, current!.keyPair)
      await expectPair(first, previous!.keyPair)
      // Once more: the one that was kept before makes room.
      await store.save('current', { keyPair: first, createdAt: 3 }, { replace: true, keepAs: 'previous' })
      const [third, kept] = [await (await again()).load('current'), await (await again()).load('previous')]
      expect([third?.createdAt, kept?.createdAt]).toEqual([3, 2])
      await expectPair(second, kept!.keyPair)
    })

    test('with nothing to replace, nothing is kept', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 }, { replace: true, keepAs: 'previous' })
      expect(await (await again()).list()).toEqual(['current'])
    })

    test('only the expected key is replaced', async () => {
      const expected = first.publicKey.fingerprint
      const options = { replace: true, expected, keepAs: 'previous' }
      await expectCode(store.save('current', { keyPair: second, createdAt: 2 }, options), 'not_found')
      expect(await store.list()).toEqual([])
      await store.save('current', { keyPair: first, createdAt: 1 })
      await store.save('current', { keyPair: second, createdAt: 2 }, options)
      await expectCode(store.save('current', { keyPair: first, createdAt: 3 }, options), 'exists')
      const other = await again()
      expect((await other.load('current'))?.createdAt).toBe(2)
      expect((await other.load('previous'))?.createdAt).toBe(1)
    })

    test('of several replacements of one key at once one wins', async () => {
      await store.save('current', { keyPair: first, createdAt: 0 })
      const options = { replace: true, expected: first.publicKey.fingerprint, keepAs: 'previous' }
      const saves = [1, 2, 3].map((createdAt) =>
        store.save('current', { keyPair: second, createdAt }, options),
      )
      const outcomes = await Promise.allSettled(saves)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = 1 + outcomes.findIndex(({ status }) => status === 'fulfilled')
      const other = await again()
      expect((await other.load('current'))?.createdAt).toBe(winner)
      expect((await other.load('previous'))?.createdAt).toBe(0)
    })

    test('a deleted key is gone, and only that one', async () => {
      await store.save('current', { keyPair: first, createdAt: 1 })
      await store.save('previous', { keyPair: second, createdAt: 2 })
      await store.delete('current')
      const other = await again()
      expect(await other.load('current')).toBeUndefined()
      expect(await other.list()).toEqual(['previous'])
      await other.save('current', { keyPair: second, createdAt: 3 })
      expect((await other.load('current'))?.createdAt).toBe(3)
    })

    test('a router is remembered, apart from others, and can be replaced', async () => {
      await store.set('https://one.example', TRUST)
      await store.set('https://two.example/prefix', { ...TRUST, highestProtocol: '2.0' })
      const other = await again()
      expect(await other.get('https://one.example')).toEqual(TRUST)
      expect((await other.get('https://two.example/prefix'))?.highestProtocol).toBe('2.0')
      await other.set('https://one.example', { ...TRUST, fingerprints: ['sha256/c'] })
      expect((await (await again()).get('https://one.example'))?.fingerprints).toEqual(['sha256/c'])
    })

    test('of several first contacts at once one decides', async () => {
      const fingerprints = ['sha256/a', 'sha256/b', 'sha256/c']
      const [url, options] = ['https://one.example', { onlyIfUnknown: true }]
      const contacts = fingerprints.map((fingerprint) =>
        store.set(url, { ...TRUST, fingerprints: [fingerprint] }, options),
      )
      const outcomes = await Promise.allSettled(contacts)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
      expect((await (await again()).get(url))?.fingerprints).toEqual([fingerprints[winner]])
      await expectCode(store.set(url, TRUST, options), 'exists')
      await store.set('https://two.example', TRUST, options)
      expect(await (await again()).get('https://two.example')).toEqual(TRUST)
    })

    test('several routers can be remembered at once', async () => {
      const urls = Array.from({ length: 10 }, (_, i) => `https://router-${i}.example`)
      await Promise.all(urls.map((url, i) => store.set(url, { ...TRUST, firstSeen: i })))
      const other = await again()
      for (const [i, url] of urls.entries()) expect((await other.get(url))?.firstSeen).toBe(i)
    })

    test.each(['__proto__', 'constructor', 'toString', ''])('nothing is known of %j', async (url) => {
      await store.set('https://one.example', TRUST)
      expect(await store.get(url)).toBeUndefined()
      expect(Object.prototype).not.toHaveProperty('fingerprints')
    })
  })
}

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(KeyStoreError.isInstance(error)).toBe(true)
  expect(error).toMatchObject({ code })
}

/** What is wrapped for `expected` is unwrapped by `actual`. */
async function expectPair(expected: KeyPair, actual: KeyPair): Promise<void> {
  const aes = { name: 'AES-GCM', length: 256 }
  const key = await subtle().generateKey(aes, true, ['encrypt'])
  const wrapped = await subtle().wrapKey('raw', key, expected.publicKey.key, 'RSA-OAEP')
  const opened = await subtle().unwrapKey('raw', wrapped, actual.privateKey, 'RSA-OAEP', aes, true, [
    'encrypt',
  ])
  expect(await subtle().exportKey('raw', opened)).toEqual(await subtle().exportKey('raw', key))
}
