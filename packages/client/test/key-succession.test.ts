/** Who may vouch for a router's new key, and until when; and what is never talked into the memory of a client. */
import type { SecureChatCompletion } from '@nomyo/client'
import { memoryKeyStore, type KeyStore, type TrustStore } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities } from '@nomyo/core/exchange'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { gate } from './support/events.ts'
import { clientKeyStore, testKeyPair, type TestKeyName } from './support/keys.ts'
import { API_KEY } from './support/markers.ts'
import { PATHS, plain, startSealedRouter, type SealedRouter } from './support/sealed-router.ts'
import { completion, failure, startTestRouter } from './support/test-router.ts'

const ANSWER = { body: JSON.stringify(completion('Sealed.')) }
const MISMATCH = { name: 'ServerKeyMismatchError', code: 'server_key_mismatch' }
const [OLD, FRESH, STRANGER] = ['router2048', 'other2048', 'client2048'] as const satisfies TestKeyName[]

const routerWith = async (...names: TestKeyName[]): Promise<SealedRouter> =>
  startSealedRouter({ onSealed: () => ANSWER, keys: await Promise.all(names.map(testKeyPair)) })

const setKeys = async (router: SealedRouter, ...names: TestKeyName[]): Promise<void> => {
  router.replies.keys = await Promise.all(names.map(testKeyPair))
}

const fingerprintOf = async (name: TestKeyName): Promise<string> =>
  (await testKeyPair(name)).publicKey.fingerprint

/** A store that outlives a client, as a file would. */
const lasting = (): KeyStore & TrustStore =>
  Object.defineProperty(memoryKeyStore(), 'volatile', { value: false })

const overTwo = (router: SealedRouter, options = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: 'auto', apiKey: API_KEY, ...options })

const remembered = async (store: TrustStore, { url }: SealedRouter): Promise<readonly string[] | undefined> =>
  (await store.get(url))?.fingerprints

describe('what the user has said himself', () => {
  test('is not undone by a document that the old key had vouched for', async () => {
    await using router = await routerWith(OLD)
    const keyStore = lasting()
    const client = await overTwo(router, { keyStore })
    await client.create(ask())
    const stranger = await fingerprintOf(STRANGER)
    await client.trustServerKey(stranger)
    expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
    expect(await remembered(keyStore, router)).toEqual([stranger])
    expect(router.sealed).toHaveLength(1)
  })

  test('is not undone by an answer that was on its way', async () => {
    const held = gate()
    await using router = await routerWith(OLD)
    router.replies.onSealed = async () => {
      await held.opened
      return ANSWER
    }
    const keyStore = lasting()
    const client = await overTwo(router, { keyStore })
    const answered = client.create(ask()).then(() => true)
    await expect.poll(() => router.sealed.length).toBe(1)
    const stranger = await fingerprintOf(STRANGER)
    await client.trustServerKey(stranger)
    held.open()
    expect(await answered).toBe(true)
    expect(await remembered(keyStore, router)).toEqual([stranger])
    expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
    expect(await remembered(keyStore, router)).toEqual([stranger])
  })

  test('is not undone by another process that knows the old key', async () => {
    await using router = await routerWith(OLD)
    router.replies.capabilitiesHeaders = { 'cache-control': 'max-age=0' }
    const keyStore = lasting()
    const client = await overTwo(router, { keyStore })
    await client.create(ask())
    const stranger = await fingerprintOf(STRANGER)
    await (await overTwo(router, { keyStore })).trustServerKey(stranger)
    expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
    expect(await remembered(keyStore, router)).toEqual([stranger])
  })

  test('leaves it remembered that the router speaks 2.0', async () => {
    await using router = await routerWith(OLD)
    const keyStore = lasting()
    const client = await overTwo(router, { keyStore })
    await client.create(ask())
    await client.trustServerKey(await fingerprintOf(STRANGER))
    expect(await keyStore.get(router.url)).toMatchObject({ highestProtocol: '2.0' })
  })
})

describe('without pins', () => {
  test('a document that somebody has put his key into is not vouched for, whoever answers', async () => {
    await using router = await routerWith(STRANGER, OLD)
    const keyStore = lasting()
    await keyStore.set(router.url, {
      fingerprints: [await fingerprintOf(OLD)],
      firstSeen: 1,
      highestProtocol: '2.0',
    })
    const keys = [{ pem: (await testKeyPair(OLD)).publicKey.pem }]
    const genuine = await capabilitiesHash(
      encodeCapabilities({ versions: ['1.0', '2.0'], keys, paths: PATHS }),
    )
    router.replies.onSealed = () => ({ ...ANSWER, capabilitiesHash: genuine })
    const client = await overTwo(router, { keyStore })
    for (let i = 0; i < 3; i++) {
      await client.create(ask())
      expect((await client.serverKey()).fingerprint).toBe(await fingerprintOf(OLD))
    }
    expect(await remembered(keyStore, router)).toEqual([await fingerprintOf(OLD)])
  })

  test('only the very document that was vouched for counts', async () => {
    await using router = await routerWith(OLD)
    const client = await overTwo(router)
    const vouched = await capabilitiesHash(new TextEncoder().encode('the next document'))
    router.replies.onSealed = () => ({ ...ANSWER, capabilitiesHash: vouched })
    await client.create(ask())
    await setKeys(router, STRANGER)
    expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
  })

  test('a successor that was vouched for is accepted after a restart, too', async () => {
    await using router = await routerWith(OLD)
    const keyStore = lasting()
    const client = await overTwo(router, { keyStore })
    await client.create(ask())
    await setKeys(router, FRESH, OLD)
    await client.create(ask()) // its answer names the new document
    await client.create(ask()) // which is fetched, and remembered
    await setKeys(router, FRESH)
    const restarted = await overTwo(router, { keyStore })
    await restarted.create(ask())
    expect((await restarted.serverKey()).fingerprint).toBe(await fingerprintOf(FRESH))
    // The document of the new key lists the old one no longer.
    expect(await remembered(keyStore, router)).toEqual([await fingerprintOf(FRESH)])
    await setKeys(router, OLD)
    const again = await overTwo(router, { keyStore })
    expect(await failureOf(() => again.create(ask()))).toMatchObject(MISMATCH)
  })
})

describe('with pins', () => {
  test('a successor that the pinned key vouches for is a mismatch all the same', async () => {
    await using router = await routerWith(OLD)
    const serverKeyPins = [await fingerprintOf(OLD)]
    const client = await overTwo(router, { serverKeyPins })
    await client.create(ask())
    await setKeys(router, FRESH, OLD)
    await client.create(ask())
    await client.create(ask())
    expect((await client.serverKey()).fingerprint).toBe(serverKeyPins[0])
    await setKeys(router, FRESH)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({
      ...MISMATCH,
      expected: serverKeyPins,
    })
  })

  test('a pinned successor takes over', async () => {
    await using router = await routerWith(OLD)
    const serverKeyPins = [await fingerprintOf(OLD), await fingerprintOf(FRESH)]
    const client = await overTwo(router, { serverKeyPins })
    await client.create(ask())
    await setKeys(router, FRESH)
    await client.create(ask())
    expect(await client.serverKey()).toMatchObject({ fingerprint: serverKeyPins[1], pinned: true })
  })
})

describe('on the way of recovery over 1.0', () => {
  test.each([400, 422])(
    'after a %i a stranger’s key is a mismatch, a remembered one is taken',
    async (status) => {
      const [old, fresh, stranger] = await Promise.all([OLD, FRESH, STRANGER].map(testKeyPair))
      await using router = await startTestRouter({ keyPair: old! })
      const keyStore = await clientKeyStore()
      const fingerprints = [old!, fresh!].map(({ publicKey }) => publicKey.fingerprint)
      await keyStore.set(router.url, { fingerprints, firstSeen: 1, highestProtocol: '1.0' })
      const client = await clientOf(router, { keyStore })
      await client.create(ask())
      const refuse = (isRefused: boolean): void =>
        router.reply({
          onMessage: ({ plaintext }) =>
            isRefused && plaintext === undefined ? failure(status, 'No.') : undefined,
        })
      router.setKeyPair(fresh!)
      refuse(true)
      await client.create(ask())
      expect((await client.serverKey()).fingerprint).toBe(fingerprints[1])
      router.setKeyPair(stranger!)
      const before = router.messages.length
      expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
      // The one that could not be opened; none for the stranger.
      expect(router.messages).toHaveLength(before + 1)
      expect(await keyStore.get(router.url)).toMatchObject({ fingerprints })
    },
  )
})

test('a failure that is not sealed vouches for nothing', async () => {
  await using router = await routerWith(OLD)
  const client = await overTwo(router)
  await client.create(ask())
  const [pem] = await Promise.all([STRANGER].map(async (name) => (await testKeyPair(name)).publicKey.pem))
  const document = encodeCapabilities({ versions: ['1.0', '2.0'], keys: [{ pem: pem! }], paths: PATHS })
  const hash = await capabilitiesHash(document)
  router.replies.onSealed = () => plain(503, { caps_hash: hash, payload_id: '' }, { 'x-caps-hash': hash })
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ status: 503 })
  await setKeys(router, STRANGER)
  expect(await capabilitiesHash(router.document)).toBe(hash)
  expect(await failureOf(() => client.create(ask()))).toMatchObject(MISMATCH)
})
