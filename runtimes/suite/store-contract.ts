/** What every key store must do, in short: `packages/core/test/store-contract.ts` has the whole of it. */
import { KeyStoreError, open, seal, type KeyPair, type KeyStore, type TrustStore } from '@nomyo/core'
import { equal, fails, ok } from './expect.ts'
import { testKey, utf8 } from './fixtures.ts'
import type { Context } from './context.ts'

type Store = KeyStore & TrustStore

const TRUST = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '2.0' } as const
const ROUTER = 'https://router.example'

/** That an empty store does it. `reopened` gives another store over the same place. */
export async function holdsContract(context: Context, store: Store, reopened: () => Store): Promise<void> {
  const [first, second] = [await testKey(context, 'rsa2048', true), await testKey(context, 'rsa3072', true)]
  equal([await store.load('current'), await store.list()], [undefined, []])

  await store.save('current', { keyPair: first, createdAt: 1 })
  await fails(KeyStoreError, 'exists', () => store.save('current', { keyPair: second, createdAt: 2 }))
  const kept = await reopened().load('current')
  equal(kept?.createdAt, 1)
  await isPairOf(first, kept?.keyPair)

  const options = { replace: true, expected: first.publicKey.fingerprint, keepAs: 'previous' }
  const record = { keyPair: second, createdAt: 2 }
  const replacing = await Promise.allSettled([1, 2].map(() => store.save('current', record, options)))
  equal(
    replacing.filter(({ status }) => status === 'fulfilled').length,
    1,
    'how many of two replacements win',
  )
  equal([...(await reopened().list())].sort(), ['current', 'previous'])
  await isPairOf(second, (await reopened().load('current'))?.keyPair)
  await isPairOf(first, (await reopened().load('previous'))?.keyPair)

  await store.delete('current')
  equal([await reopened().load('current'), await reopened().list()], [undefined, ['previous']])

  await store.set(ROUTER, TRUST)
  await fails(KeyStoreError, 'exists', () => store.set(ROUTER, TRUST, { onlyIfUnknown: true }))
  equal([await reopened().get(ROUTER), await reopened().get('__proto__')], [TRUST, undefined])
}

/** That what is sealed to `expected` opens with `actual`. */
export async function isPairOf(expected: KeyPair, actual: KeyPair | undefined): Promise<void> {
  ok(actual !== undefined, 'there is a key')
  const { plaintext } = await open(await seal(utf8('{}'), expected.publicKey), actual)
  equal(plaintext, utf8('{}'))
}
