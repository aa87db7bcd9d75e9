/** Which version and which key: what is chosen, remembered, and never taken back. */
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { memoryKeyStore, type KeyPair, type KeyStore, type TrustStore } from '@nomyo/core'
import { describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { testKeyPair } from './support/keys.ts'
import { API_KEY } from './support/markers.ts'
import { plain, startSealedRouter, type PlainReply, type SealedRouter } from './support/sealed-router.ts'
import { completion, startTestRouter } from './support/test-router.ts'

const ANSWER = { body: JSON.stringify(completion('Sealed.')) }

const routerWith = (replies: Parameters<typeof startSealedRouter>[0] = {}): Promise<SealedRouter> =>
  startSealedRouter({ onSealed: () => ANSWER, ...replies })

const clientFor = (
  router: { readonly url: string },
  options: ClientOptions = {},
): Promise<SecureChatCompletion> => clientOf(router, { protocol: 'auto', apiKey: API_KEY, ...options })

const textOf = async (client: SecureChatCompletion): Promise<string | null | undefined> =>
  (await client.create(ask())).choices[0]?.message.content

/** A store that outlives a client, as a file would. */
const lasting = (): KeyStore & TrustStore =>
  Object.defineProperty(memoryKeyStore(), 'volatile', { value: false })

describe('auto', () => {
  test('takes 2.0 where it is offered: one request for it, no key of ours', async () => {
    await using router = await routerWith()
    const keyStore = memoryKeyStore()
    const client = await clientFor(router, { keyStore })
    expect(await textOf(client)).toBe('Sealed.')
    expect(await textOf(client)).toBe('Sealed.')
    expect(router.requests.map(({ path }) => path)).toEqual(['/pki/capabilities', '/v2/secure', '/v2/secure'])
    expect(router.sealed[0]!.headers).not.toHaveProperty('x-public-key')
    expect(await keyStore.list()).toEqual([])
    expect(client.protection()).toMatchObject({ protocol: '2.0', serverKey: { trust: 'first-use' } })
  })

  test('asks for the capabilities once, however many call at the same time', async () => {
    await using router = await routerWith()
    const client = await clientFor(router)
    await Promise.all(Array.from({ length: 20 }, () => client.create(ask())))
    expect(router.capabilityRequests).toHaveLength(1)
    expect(router.capabilityRequests[0]!.headers).not.toHaveProperty('authorization')
  })

  test.each([
    ['no word of it', {}, 3600],
    ['max-age=60', { 'cache-control': 'private, max-age=60' }, 60],
    ['a longer max-age', { 'cache-control': 'max-age=86400' }, 3600],
  ])('asks again after an hour, or sooner if the router says so: %s', async (_, headers, seconds) => {
    await using router = await routerWith({
      onCapabilities: () => (response) => void response.writeHead(200, headers).end(router.document),
    })
    const client = await clientFor(router)
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      await client.create(ask())
      vi.advanceTimersByTime(seconds * 1000 - 1000)
      await client.create(ask())
      expect(router.capabilityRequests).toHaveLength(1)
      vi.advanceTimersByTime(2000)
      await client.create(ask())
      expect(router.capabilityRequests).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })

  test('takes 1.0 on a 404', async () => {
    await using router = await startTestRouter({ onMessage: () => ({ sealed: completion('1.0') }) })
    const client = await clientFor(router)
    expect(await textOf(client)).toBe('1.0')
    expect(client.protection().protocol).toBe('1.0')
  })

  test('takes 1.0 on a document without 2.0', async () => {
    await using router = await routerWith({ versions: ['1.0'] })
    const failure = await failureOf(async () => (await clientFor(router)).create(ask()))
    // This router has no other endpoint: that it was asked for its 1.0 key is what counts.
    expect(failure.name).toBe('NotFoundError')
    expect(router.requests.map(({ path }) => path)).toEqual(['/pki/capabilities', '/pki/public_key'])
  })

  test.each<[string, PlainReply, string]>([
    ['401', plain(401, {}), 'unauthorized'],
    ['403', plain(403, {}), 'forbidden'],
    ['429', plain(429, {}), 'rate_limited'],
    ['500', plain(500, {}), 'server_error'],
    ['503', plain(503, {}), 'service_unavailable'],
    ['204', (response) => void response.writeHead(204).end(), 'capabilities_refused'],
    ['HTML', (response) => void response.end('<html>'), 'capabilities_refused'],
    ['JSON of another kind', plain(200, { versions: '2.0' }), 'capabilities_refused'],
    ['a megabyte', (response) => void response.end(' '.repeat(1_000_000)), 'capabilities_refused'],
    ['a redirect', (response) => void response.writeHead(302, { location: '/x' }).end(), 'redirect_refused'],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'connection_failed'],
  ])('%s for the capabilities is an error, never 1.0', async (_, reply, code) => {
    await using router = await routerWith({ onCapabilities: () => reply })
    const client = await clientFor(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code })
    expect(new Set(router.requests.map(({ path }) => path))).toEqual(new Set(['/pki/capabilities']))
  })

  test('a web page in its place says to check the address', async () => {
    await using router = await routerWith({ onCapabilities: () => (response) => void response.end('<html>') })
    const error = await failureOf(async () => (await clientFor(router)).create(ask()))
    expect(error.message).toMatch(/not the JSON of a router\. Check the address\.$/)
  })
})

describe('once 2.0 was spoken', () => {
  test.each<[string, Partial<SealedRouter['replies']>]>([
    ['a 404', { onCapabilities: () => plain(404, {}) }],
    ['a document without it', { versions: ['1.0'] }],
  ])('%s is a DowngradeError, in another process too', async (_, stripped) => {
    await using router = await routerWith()
    const keyStore = lasting()
    await textOf(await clientFor(router, { keyStore }))
    Object.assign(router.replies, stripped)
    const client = await clientFor(router, { keyStore })
    const error = await failureOf(() => client.create(ask('secret prompt')))
    expect(error).toMatchObject({ name: 'DowngradeError', code: 'downgrade_refused' })
    expect(router.requests.at(-1)!.path).toBe('/pki/capabilities')
  })

  test('it is not remembered before an answer has opened', async () => {
    await using router = await routerWith({ onSealed: () => plain(500, { detail: 'no' }) })
    const keyStore = lasting()
    await failureOf(async () => (await clientFor(router, { keyStore })).create(ask()))
    expect(await keyStore.get(router.url)).toMatchObject({ highestProtocol: '1.0' })
  })

  test('an explicit 1.0 goes on, with a warning', async () => {
    await using router = await routerWith()
    const keyStore = lasting()
    await textOf(await clientFor(router, { keyStore }))
    const logger = recordedLog()
    const client = await clientFor(router, { keyStore, protocol: '1.0', logger, logLevel: 'warn' })
    await failureOf(() => client.create(ask()))
    expect(router.requests.at(-1)!.path).toBe('/pki/public_key')
    expect(logger.lines.join()).toContain('a router that has spoken 2.0')
  })

  test('with pins it is remembered too', async () => {
    await using router = await routerWith()
    const keyStore = lasting()
    const serverKeyPins = [(await testKeyPair('router2048')).publicKey.fingerprint]
    await textOf(await clientFor(router, { keyStore, serverKeyPins }))
    router.replies.versions = ['1.0']
    const client = await clientFor(router, { keyStore, serverKeyPins })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'downgrade_refused' })
  })
})

describe('options', () => {
  test.each<ClientOptions>([{ minProtocol: '2.0' }, { protocol: '2.0' }])(
    '%j is a DowngradeError where it is not offered',
    async (options) => {
      await using router = await startTestRouter()
      const client = await clientFor(router, options)
      expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'downgrade_refused' })
      expect(router.messages).toEqual([])
    },
  )

  test.each<ClientOptions>([
    { protocol: '3.0' as '2.0' },
    { minProtocol: '0.9' as '1.0' },
    { protocol: '1.0', minProtocol: '2.0' },
  ])('%j is refused at construction', (options) => {
    expect(() => new SecureChatCompletion(options)).toThrow(/protocol/i)
  })
})

describe('the router’s key', () => {
  const [old, fresh, stranger] = ['router2048', 'other2048', 'client2048'] as const

  /** A router that has answered one client under its old key. */
  async function met(keyStore = lasting()): Promise<{ router: SealedRouter; client: SecureChatCompletion }> {
    const router = await routerWith({ keys: [await testKeyPair(old)] })
    const client = await clientFor(router, { keyStore })
    await textOf(client)
    return { router, client }
  }

  const setKeys = async (
    router: SealedRouter,
    ...names: (typeof old | typeof fresh | typeof stranger)[]
  ): Promise<void> => {
    router.replies.keys = await Promise.all(names.map(testKeyPair))
  }
  const fingerprintOf = (pair: KeyPair): string => pair.publicKey.fingerprint
  const sealedTo = (router: SealedRouter): string | undefined =>
    router.replies.keys.map(fingerprintOf).find((_, i) => i === 0)

  test('a successor that the old key vouches for is accepted, and the old one forgotten with its document', async () => {
    const keyStore = lasting()
    const { router, client } = await met(keyStore)
    await using _ = router
    await setKeys(router, fresh, old)
    await textOf(client) // sealed to the old key; its answer names the new document
    await textOf(client)
    const [freshKey, oldKey] = await Promise.all([testKeyPair(fresh), testKeyPair(old)])
    expect((await client.serverKey()).fingerprint).toBe(fingerprintOf(freshKey))
    expect((await keyStore.get(router.url))?.fingerprints).toEqual(
      [fresh, old].map((name) => fingerprintOf(name === fresh ? freshKey : oldKey)),
    )
    await setKeys(router, fresh)
    await textOf(client)
    await textOf(client)
    expect((await keyStore.get(router.url))?.fingerprints).toEqual([fingerprintOf(freshKey)])
    expect(sealedTo(router)).toBe(fingerprintOf(freshKey))
  })

  test('any other key is a mismatch that names both, and nothing is sealed to it', async () => {
    const keyStore = lasting()
    const { router } = await met(keyStore)
    await using _ = router
    await setKeys(router, stranger)
    const before = router.sealed.length
    const error = await failureOf(async () => (await clientFor(router, { keyStore })).create(ask()))
    expect(error).toMatchObject({ name: 'ServerKeyMismatchError', code: 'server_key_mismatch' })
    expect(error.message).toContain(fingerprintOf(await testKeyPair(stranger)))
    expect(error.message).toContain(fingerprintOf(await testKeyPair(old)))
    expect(router.sealed).toHaveLength(before)
  })

  test('a stranger’s key is a mismatch on the 422 path too', async () => {
    const { router, client } = await met()
    await using _ = router
    await setKeys(router, stranger)
    const before = router.sealed.length
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'server_key_mismatch' })
    // The one that the router could not open; none for the stranger.
    expect(router.sealed).toHaveLength(before + 1)
    expect(router.sealed.at(-1)!.inner).toBeUndefined()
  })

  test('a 422 with the same key is sealed afresh once, and is an error then; never 1.0', async () => {
    await using router = await routerWith({ onSealed: () => plain(422, { detail: 'Another key.' }) })
    const client = await clientFor(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ status: 422 })
    expect(router.sealed).toHaveLength(2)
    expect(router.sealed[0]!.body).not.toEqual(router.sealed[1]!.body)
    expect(router.capabilityRequests).toHaveLength(2)
    expect(router.requests.some(({ path }) => path.includes('public_key'))).toBe(false)
  })

  test('a 422 after which there is no 2.0 any more is a DowngradeError', async () => {
    const { router, client } = await met()
    await using _ = router
    router.replies.onSealed = () => plain(422, {})
    router.replies.onCapabilities = () => plain(404, {})
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'downgrade_refused' })
  })

  test('with pins only a pinned one is used, wherever it stands in the list', async () => {
    await using router = await routerWith()
    await setKeys(router, stranger, old)
    const serverKeyPins = [fingerprintOf(await testKeyPair(old))]
    const client = await clientFor(router, { serverKeyPins })
    await textOf(client)
    expect((await client.serverKey()).fingerprint).toBe(serverKeyPins[0])
    await setKeys(router, stranger)
    const other = await clientFor(router, { serverKeyPins })
    expect(await failureOf(() => other.create(ask()))).toMatchObject({ code: 'server_key_mismatch' })
  })

  test('a request under an older but genuine document succeeds', async () => {
    const { router, client } = await met()
    await using _ = router
    await setKeys(router, fresh, old)
    expect(await textOf(client)).toBe('Sealed.')
  })

  test('trustServerKey() is the way on after a change that nobody vouched for', async () => {
    const { router, client } = await met()
    await using _ = router
    await setKeys(router, stranger)
    await failureOf(() => client.create(ask()))
    await client.trustServerKey(fingerprintOf(await testKeyPair(stranger)))
    expect(await textOf(client)).toBe('Sealed.')
  })
})
