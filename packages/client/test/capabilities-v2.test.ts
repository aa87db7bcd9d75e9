/** For how long a router's document is used, when it is fetched again, and that 2.0 is not unlearnt. */
import type { SecureChatCompletion } from '@nomyo/client'
import { type ClientOptions } from '@nomyo/client'
import { memoryKeyStore, type KeyStore, type TrustStore } from '@nomyo/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { testKeyPair } from './support/keys.ts'
import { API_KEY } from './support/markers.ts'
import { plain, startSealedRouter, type PlainReply, type SealedRouter } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

afterEach(() => void vi.restoreAllMocks())

const ANSWER = { body: JSON.stringify(completion('Sealed.')) }
const routerWith = (replies: Partial<SealedRouter['replies']> = {}): Promise<SealedRouter> =>
  startSealedRouter({ onSealed: () => ANSWER, ...replies })
const clientFor = (router: SealedRouter, options: ClientOptions = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: 'auto', apiKey: API_KEY, ...options })

/** Lets time pass for whoever asks the clock, and for no timer. */
function pass(ms: number): void {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

describe('a document is used', () => {
  test.each<[string, Record<string, string>, number, number]>([
    ['for an hour', {}, 3_599_000, 1],
    ['for no more than an hour', {}, 3_601_000, 2],
    ['for its max-age', { 'cache-control': 'public, max-age=60' }, 59_000, 1],
    ['for no more than its max-age', { 'cache-control': 'public, max-age=60' }, 61_000, 2],
    ['for no more than an hour, whatever its max-age', { 'cache-control': 'max-age=999999' }, 3_601_000, 2],
    ['for an hour if its max-age is none', { 'cache-control': 'max-age=soon, no-store' }, 3_599_000, 1],
    ['for an hour if its max-age is for others', { 'cache-control': 's-maxage=1' }, 3_599_000, 1],
  ])('%s', async (_what, capabilitiesHeaders, ms, fetched) => {
    await using router = await routerWith({ capabilitiesHeaders })
    const client = await clientFor(router)
    await client.create(ask())
    pass(ms)
    await client.create(ask())
    expect(router.capabilityRequests).toHaveLength(fetched)
  })

  test('for as long as it says, too, if it says that there is no 2.0', async () => {
    const capabilitiesHeaders = { 'cache-control': 'max-age=60' }
    await using router = await routerWith({ versions: ['1.0'], capabilitiesHeaders })
    const client = await clientFor(router)
    // This router has no other endpoint: what counts is what it is asked.
    const asked = async (): Promise<number> => {
      await failureOf(() => client.create(ask()))
      return router.capabilityRequests.length
    }
    expect([await asked(), await asked()]).toEqual([1, 1])
    pass(61_000)
    router.replies.versions = ['1.0', '2.0']
    await client.create(ask())
    expect(router.sealed).toHaveLength(1)
  })
})

describe('a document that anybody may have forged', () => {
  const forged = (change: object, router: SealedRouter): PlainReply =>
    plain(200, { ...(JSON.parse(new TextDecoder().decode(router.document)) as object), ...change })

  test.each<[string, string, ClientOptions, (router: SealedRouter) => PlainReply]>([
    ['a 404', 'downgrade_refused', {}, () => plain(404, {})],
    ['one without 2.0', 'downgrade_refused', {}, (router) => forged({ versions: ['1.0'] }, router)],
    ['the same where 2.0 must be', 'downgrade_refused', { minProtocol: '2.0' }, () => plain(404, {})],
    ['one without paths', 'cleartext_refused', {}, (router) => forged({ paths: [] }, router)],
  ])('stops one call, not those of an hour: %s', async (_what, code, options, reply) => {
    await using router = await routerWith()
    const keyStore = memoryKeyStore()
    await (await clientFor(router, { keyStore })).create(ask())
    const client = await clientFor(router, { keyStore, ...options })
    router.replies.onCapabilities = () => reply(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code })
    router.replies.onCapabilities = () => undefined
    await client.create(ask())
    expect(router.sealed).toHaveLength(2)
  })
})

describe('an answer', () => {
  test('that names another document makes the next request wait for it', async () => {
    await using router = await routerWith()
    const client = await clientFor(router)
    await client.create(ask())
    await client.create(ask())
    expect(router.capabilityRequests).toHaveLength(1)
    router.replies.keys = await Promise.all((['other2048', 'router2048'] as const).map(testKeyPair))
    await client.create(ask()) // stands, under the older document
    expect(router.capabilityRequests).toHaveLength(1)
    await client.create(ask())
    expect(router.requests.slice(-2).map(({ path }) => path)).toEqual(['/pki/capabilities', '/v2/secure'])
    await client.create(ask())
    expect(router.capabilityRequests).toHaveLength(2)
  })

  test('a document that cannot be fetched then is an error, and nothing goes out under the old one', async () => {
    await using router = await routerWith()
    const client = await clientFor(router)
    router.replies.keys = await Promise.all((['router2048', 'other2048'] as const).map(testKeyPair))
    await client.serverKey()
    router.replies.keys = await Promise.all((['router2048'] as const).map(testKeyPair))
    await client.create(ask())
    router.replies.onCapabilities = () => plain(500, {})
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ status: 500 })
    expect(router.sealed).toHaveLength(1)
  })
})

describe('whoever has spoken 2.0', () => {
  test('does not go back to 1.0 because the store could not take it', async () => {
    await using router = await routerWith()
    const store: KeyStore & TrustStore = memoryKeyStore()
    await store.set(router.url, {
      fingerprints: [(await testKeyPair('router2048')).publicKey.fingerprint],
      firstSeen: 1,
      highestProtocol: '1.0',
    })
    store.set = () => Promise.reject(new Error('disk full'))
    const logger = recordedLog()
    const client = await clientFor(router, { keyStore: store, logger, logLevel: 'error' })
    await client.create(ask())
    expect(logger.lines).toEqual([expect.stringContaining('could not be remembered')])
    router.replies.capabilitiesHeaders = { 'cache-control': 'max-age=0' }
    pass(3_601_000)
    router.replies.onCapabilities = () => plain(404, {})
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'downgrade_refused' })
    expect(router.requests.at(-1)!.path).toBe('/pki/capabilities')
  })

  test.each<[string, PlainReply]>([
    ['a 404', plain(404, {})],
    ['a document without it', plain(200, { versions: ['1.0'], keys: [], paths: [] })],
    ['a 500', plain(500, {})],
    ['HTML', (response) => void response.end('<html>')],
    ['a redirect', (response) => void response.writeHead(307, { location: '/x' }).end()],
    ['a reset', (response) => void response.socket?.resetAndDestroy()],
  ])('does not when the capabilities are %s in the course of a 422', async (_what, reply) => {
    await using router = await routerWith()
    const client = await clientFor(router)
    await client.create(ask())
    router.replies.onSealed = () => plain(422, {})
    router.replies.onCapabilities = () => reply
    await failureOf(() => client.create(ask()))
    expect(new Set(router.requests.map(({ path }) => path))).toEqual(
      new Set(['/pki/capabilities', '/v2/secure']),
    )
  })
})
