/** Which router keys are accepted: pins, trust on first use, a changed key, recovery after it. */
import {
  memoryKeyStore,
  SecureChatCompletion,
  SecurityError,
  ServerKeyMismatchError,
  ValidationError,
} from '@nomyo/client'
import { encodePem, type KeyPair } from '@nomyo/core'
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { failure, startTestRouter } from './support/test-router.ts'

const PROMPT = 'marker-prompt-7d1f'
const API_KEY = 'marker-key-55aa'

async function twoKeys(): Promise<[KeyPair, KeyPair]> {
  return [await testKeyPair('router2048'), await testKeyPair('other2048')]
}

test('a pinned key is accepted, in either way of writing it', async () => {
  await using router = await startTestRouter()
  const { fingerprint } = router.keyPair.publicKey
  const hex = Buffer.from(fingerprint.slice('sha256/'.length), 'base64').toString('hex')
  for (const pin of [fingerprint, hex, hex.toUpperCase().replace(/..(?!$)/g, '$&:')]) {
    const client = await clientOf(router, { serverKeyPins: [pin] })
    await client.create(ask())
    expect(await client.serverKey()).toMatchObject({ fingerprint, pinned: true })
  }
})

test('pin mismatch → SecurityError and no POST', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: other })
  const client = await clientOf(router, { serverKeyPins: [first.publicKey.fingerprint], apiKey: API_KEY })
  const error = await failureOf(() => client.create(ask(PROMPT)))
  expect(error).toBeInstanceOf(ServerKeyMismatchError)
  expect(SecurityError.isInstance(error)).toBe(true)
  expect(error).toMatchObject({
    code: 'server_key_mismatch',
    expected: [first.publicKey.fingerprint],
    received: other.publicKey.fingerprint,
  })
  expect(router.messages).toHaveLength(0)
  expectNoSecrets(error, [PROMPT, API_KEY])
})

test('pins that are no fingerprints, or none, are refused at construction', async () => {
  for (const serverKeyPins of [[], ['sha256/short'], ['nonsense'], 'sha256/' as unknown as string[]]) {
    const error = await failureOf(() => new SecureChatCompletion({ serverKeyPins }))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.message).toContain('serverKeyPins')
  }
})

test('changed after first use → SecurityError naming both fingerprints, and no POST', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const keyStore = await clientKeyStore()
  await (await clientOf(router, { keyStore })).create(ask())
  router.setKeyPair(other)
  const error = await failureOf(async () => (await clientOf(router, { keyStore })).create(ask(PROMPT)))
  expect(error).toBeInstanceOf(ServerKeyMismatchError)
  expect(error.message).toContain(first.publicKey.fingerprint)
  expect(error.message).toContain(other.publicKey.fingerprint)
  expect(router.messages).toHaveLength(1)
})

test('a key that changes while the client runs: the router refuses, the new key is not accepted', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const client = await clientOf(router)
  await client.create(ask())
  router.setKeyPair(other)
  const error = await failureOf(() => client.create(ask()))
  expect(error).toBeInstanceOf(ServerKeyMismatchError)
  expect(router.messages).toHaveLength(2) // the answered one, and the one that could not be opened
})

test('with both keys pinned a changed key is recovered from: sealed afresh, sent once more', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const serverKeyPins = [first.publicKey.fingerprint, other.publicKey.fingerprint]
  const client = await clientOf(router, { serverKeyPins })
  await client.create(ask())
  router.setKeyPair(other)
  const answer = await client.create(ask())
  expect(answer.choices[0]?.message.content).toBe('Hello from the test router.')
  const [, refused, repeated] = router.messages
  expect(router.messages).toHaveLength(3)
  expect(repeated!.headers['x-payload-id']).not.toBe(refused!.headers['x-payload-id'])
  expect(router.keyRequests).toHaveLength(2)
})

test('a 400 under an unchanged key is the answer, sent once', async () => {
  await using router = await startTestRouter({ onMessage: () => failure(400, 'no such parameter') })
  const error = await failureOf(async () => (await clientOf(router)).create(ask()))
  expect(error).toMatchObject({ name: 'InvalidRequestError', status: 400, detail: 'no such parameter' })
  expect(router.messages).toHaveLength(1)
  expect(router.keyRequests).toHaveLength(2)
})

test('a router that refuses under every key is not asked a third time', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first, onMessage: () => failure(400, 'no') })
  const serverKeyPins = [first.publicKey.fingerprint, other.publicKey.fingerprint]
  const client = await clientOf(router, { serverKeyPins })
  await client.serverKey()
  router.setKeyPair(other)
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ status: 400 })
  expect(router.messages).toHaveLength(2)
})

test('trustServerKey is the way on, and forgets the old key', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const client = await clientOf(router)
  await client.create(ask())
  router.setKeyPair(other)
  await client.trustServerKey(other.publicKey.fingerprint)
  await client.create(ask())
  expect(await client.serverKey()).toMatchObject({ fingerprint: other.publicKey.fingerprint, pinned: false })
  router.setKeyPair(first)
  expect(await failureOf(() => client.create(ask()))).toBeInstanceOf(ServerKeyMismatchError)
})

test('trustServerKey wins over a first contact that is under way', async () => {
  const [good, evil] = await twoKeys()
  await using router = await startTestRouter({ keyPair: evil })
  const keyStore = await clientKeyStore()
  const get = keyStore.get.bind(keyStore)
  const gate: { open?: () => void } = {}
  let asked = 0
  keyStore.get = async (baseURL) => {
    const known = await get(baseURL)
    // The first contact has read that nothing is known, and is held up before it writes.
    if (++asked === 1) await new Promise<void>((resolve) => (gate.open = resolve))
    return known
  }
  const client = await clientOf(router, { keyStore })
  const first = failureOf(() => client.create(ask()))
  await expect.poll(() => gate.open).toBeDefined()
  const trusted = client.trustServerKey(good.publicKey.fingerprint)
  gate.open?.()
  await trusted
  expect(await failureOf(() => client.create(ask()))).toBeInstanceOf(ServerKeyMismatchError)
  expect(await get(router.url)).toMatchObject({ fingerprints: [good.publicKey.fingerprint] })
  expect(await first).toBeInstanceOf(ServerKeyMismatchError)
  expect(router.messages).toHaveLength(0)
})

test('a refusal that is not read is let go when the new key is not accepted', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const client = await clientOf(router)
  await client.create(ask())
  const endless = (): AsyncIterable<string> => ({
    async *[Symbol.asyncIterator]() {
      for (;;) yield await new Promise<string>((resolve) => setTimeout(resolve, 10, 'x'))
    },
  })
  router.reply({ onMessage: () => ({ status: 400, body: endless() }) })
  router.setKeyPair(other)
  expect(await failureOf(() => client.create(ask()))).toBeInstanceOf(ServerKeyMismatchError)
  expect(await router.messages.at(-1)!.closed).toBe('aborted')
})

test('when a pinned key was first seen by this client stays the same', async () => {
  await using router = await startTestRouter()
  const client = await clientOf(router, { serverKeyPins: [router.keyPair.publicKey.fingerprint] })
  const before = Date.now()
  const { firstSeen } = await client.serverKey()
  expect(firstSeen).toBeGreaterThanOrEqual(before)
  router.reply({ onMessage: () => failure(400, 'no') }) // makes the client fetch the key again
  await failureOf(() => client.create(ask()))
  expect(router.keyRequests).toHaveLength(2)
  expect((await client.serverKey()).firstSeen).toBe(firstSeen)
})

test('trustServerKey does not overrule pins, and wants a fingerprint', async () => {
  await using router = await startTestRouter()
  const { fingerprint } = router.keyPair.publicKey
  const pinned = await clientOf(router, { serverKeyPins: [fingerprint] })
  expect(await failureOf(() => pinned.trustServerKey(fingerprint))).toBeInstanceOf(ValidationError)
  const client = await clientOf(router)
  expect(await failureOf(() => client.trustServerKey('abc'))).toBeInstanceOf(ValidationError)
})

test('a router is remembered under one name, however its address is written', async () => {
  await using router = await startTestRouter()
  const keyStore = await clientKeyStore()
  for (const suffix of ['', '/', '/v1', '/v1/']) {
    await (await clientOf({ url: router.url + suffix }, { keyStore })).create(ask())
  }
  expect(await keyStore.get(router.url)).toMatchObject({
    fingerprints: [router.keyPair.publicKey.fingerprint],
    highestProtocol: '1.0',
  })
  expect(router.messages.map(({ path }) => path)).toEqual(Array(4).fill('/v1/chat/secure_completion'))
})

test('of two processes at first contact one decides, and the other holds to it', async () => {
  const [first, other] = await twoKeys()
  await using router = await startTestRouter({ keyPair: first })
  const keyStore = await clientKeyStore()
  const theirs = {
    fingerprints: [other.publicKey.fingerprint],
    firstSeen: 7,
    highestProtocol: '1.0',
  } as const
  const set = keyStore.set.bind(keyStore)
  let isFirst = true
  keyStore.set = async (baseURL, trust, options) => {
    if (isFirst) await set(baseURL, theirs) // between our look and our note
    isFirst = false
    await set(baseURL, trust, options)
  }
  const client = await clientOf(router, { keyStore })
  const error = await failureOf(() => client.create(ask(PROMPT)))
  expect(error).toMatchObject({
    code: 'server_key_mismatch',
    expected: [other.publicKey.fingerprint],
    received: first.publicKey.fingerprint,
  })
  expect(router.messages).toHaveLength(0)
  router.setKeyPair(other)
  expect(await client.serverKey()).toMatchObject({ firstSeen: 7 })
})

test('a prefix in the address is kept', async () => {
  await using router = await startTestRouter()
  await (await clientOf({ url: `${router.url}/behind/proxy/v1` })).create(ask())
  expect(router.requests.map(({ path }) => path)).toEqual([
    '/behind/proxy/pki/public_key',
    '/behind/proxy/v1/chat/secure_completion',
  ])
})

test('the memory store says once that trust lasts one process', async () => {
  await using router = await startTestRouter()
  const logger = recordedLog()
  const client = await clientOf(router, { logger, logLevel: 'warn' })
  await client.create(ask())
  await client.create(ask())
  const said = logger.lines.filter((line) => line.includes('trusted on first use'))
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(router.keyPair.publicKey.fingerprint)
})

test('a store without trust: memory, with a warning', async () => {
  await using router = await startTestRouter()
  const { load, save, delete: remove, list } = memoryKeyStore()
  const store = await clientKeyStore()
  const keyStore = {
    load: load.bind(store),
    save: save.bind(store),
    delete: remove.bind(store),
    list: list.bind(store),
  }
  const logger = recordedLog()
  const client = await clientOf(router, { keyStore, logger, logLevel: 'warn' })
  await client.create(ask())
  expect(logger.lines.join('\n')).toContain('cannot remember routers')
})

test('a trust store that cannot be read stops the call', async () => {
  await using router = await startTestRouter()
  const keyStore = await clientKeyStore()
  const broken = Object.assign(Object.create(keyStore) as typeof keyStore, {
    load: keyStore.load.bind(keyStore),
    get: () => Promise.reject(new Error('disk on fire')),
  })
  const error = await failureOf(async () => (await clientOf(router, { keyStore: broken })).create(ask()))
  expect(error.message).toBe('disk on fire')
  expect(router.messages).toHaveLength(0)
})

test('many first calls at once fetch the key once', async () => {
  await using router = await startTestRouter()
  const client = await clientOf(router)
  await Promise.all(Array.from({ length: 20 }, () => client.create(ask())))
  expect(router.keyRequests).toHaveLength(1)
  expect(router.messages).toHaveLength(20)
})

test('a caller that gives up does not end the key fetch of the others', async () => {
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  await using router = await startTestRouter({
    onKey: async () => {
      await gate
      return undefined
    },
  })
  const client = await clientOf(router)
  const controller = new AbortController()
  const given = failureOf(() => client.create(ask(), { signal: controller.signal }))
  const patient = client.create(ask())
  await expect.poll(() => router.keyRequests.length + router.sockets.open).toBeGreaterThan(0)
  controller.abort()
  expect((await given).name).toBe('APIUserAbortError')
  release?.()
  expect((await patient).object).toBe('chat.completion')
  expect(router.keyRequests).toHaveLength(1)
})

test.each([
  ['HTML with 200', '<!doctype html><title>It works</title>'],
  ['a private PEM', encodePem('PRIVATE KEY', Buffer.alloc(64))],
  ['nothing', ''],
  [
    '1024 bits',
    generateKeyPairSync('rsa', { modulusLength: 1024 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString(),
  ],
  [
    'EC',
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString(),
  ],
])('a router’s key that is %s → SecurityError with the reason, and no POST', async (_, body) => {
  await using router = await startTestRouter({ onKey: () => ({ status: 200, body }) })
  const error = await failureOf(async () => (await clientOf(router, { apiKey: API_KEY })).create(ask(PROMPT)))
  expect(error).toMatchObject({ name: 'SecurityError', code: 'key_refused' })
  expect(router.messages).toHaveLength(0)
  expectNoSecrets(error, [PROMPT, API_KEY])
})

test('a key endpoint that fails is that failure, and the next call asks again', async () => {
  let failures = 1
  await using router = await startTestRouter({
    onKey: () => (failures-- > 0 ? failure(404, 'Not Found') : undefined),
  })
  const client = await clientOf(router)
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'NotFoundError', status: 404 })
  expect((await client.create(ask())).object).toBe('chat.completion')
})
