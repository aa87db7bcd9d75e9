/** Our own key when it grows old, comes from elsewhere, or is prepared ahead. */
import { SecureChatCompletion, ValidationError, type GivenKey, type KeyEvent } from '@nomyo/client'
import { importPrivateKey, memoryKeyStore, type KeyStore, type TrustStore } from '@nomyo/core'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { testKeyBase64, testKeyPair, type TestKeyName } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { completion, startTestRouter } from './support/test-router.ts'

const DAY = 24 * 60 * 60 * 1000
const START = Date.UTC(2026, 0, 1)
const PASSWORD = 'correct horse ünd 電池'

const offline = { baseURL: 'https://router.invalid', logLevel: 'off' } as const

let generated: () => number
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  generated = generateQuickKeys()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

async function storeWith(name: TestKeyName, ageDays: number): Promise<KeyStore & TrustStore> {
  const store = memoryKeyStore()
  await store.save('current', { keyPair: await testKeyPair(name), createdAt: Date.now() - ageDays * DAY })
  return store
}

async function pemOf(name: TestKeyName, password?: string): Promise<string> {
  const keyPair = await importPrivateKey(Buffer.from(testKeyBase64(name), 'base64'), { exportable: true })
  return exportPrivateKeyPem(keyPair, password === undefined ? {} : { password })
}

describe('rotation', () => {
  test('a 91-day-old key is replaced on its next use', async () => {
    await using router = await startTestRouter()
    const [log, events]: [ReturnType<typeof recordedLog>, KeyEvent[]] = [recordedLog(), []]
    const keyStore = await storeWith('client2048', 91)
    const client = await clientOf(router, {
      keyStore,
      logger: log,
      logLevel: 'info',
      onKeyEvent: (event) => events.push(event),
    })
    await client.create(ask())
    const old = (await testKeyPair('client2048')).publicKey.fingerprint
    const now = (await keyStore.load('current'))!.keyPair.publicKey.fingerprint
    expect(router.messages[0]!.clientKey?.fingerprint).toBe(now)
    expect(now).not.toBe(old)
    expect(events.map(({ type }) => type)).toEqual(['generating', 'rotated'])
    expect(log.lines.filter((line) => line.includes('rotated'))).toEqual([
      `info [nomyo] Our key was rotated: ${old} gave way to ${now}.`,
    ])
  })

  test('what was in flight still opens', async () => {
    let answer: () => void
    const held = new Promise<void>((resolve) => (answer = resolve))
    await using router = await startTestRouter({
      onMessage: async () => {
        await held
        return { sealed: completion('from before') }
      },
    })
    const keyStore = await storeWith('client2048', 1)
    const client = await clientOf(router, { keyStore })
    const inFlight = client.create(ask())
    await vi.waitFor(() => expect(router.messages).toHaveLength(1))
    const { fingerprint } = await client.rotateKeys()
    router.reply({ onMessage: () => ({ sealed: completion('from after') }) })
    expect((await client.create(ask())).choices[0]!.message.content).toBe('from after')
    answer!()
    expect((await inFlight).choices[0]!.message.content).toBe('from before')
    const [first, second] = router.messages
    expect(first!.clientKey?.fingerprint).toBe((await testKeyPair('client2048')).publicKey.fingerprint)
    expect(second!.clientKey?.fingerprint).toBe(fingerprint)
  })

  test('the log warns from 14 days before', async () => {
    await using router = await startTestRouter()
    const log = recordedLog()
    const keyStore = await storeWith('client2048', 76)
    const client = await clientOf(router, { keyStore, logger: log, logLevel: 'warn' })
    await client.create(ask())
    const { fingerprint } = (await testKeyPair('client2048')).publicKey
    expect(log.lines.filter((line) => line.includes('expires'))).toEqual([
      `warn [nomyo] Our key ${fingerprint} expires on 2026-01-15, in 14 days. ` +
        'It is replaced on its next use after that.',
    ])
  })

  test('switched off, an old key is used and warned of', async () => {
    await using router = await startTestRouter()
    const log = recordedLog()
    const keyStore = await storeWith('client2048', 100)
    const rotation = { automatic: false }
    const client = await clientOf(router, { keyStore, rotation, logger: log, logLevel: 'warn' })
    await client.create(ask())
    const { fingerprint } = (await testKeyPair('client2048')).publicKey
    expect(router.messages[0]!.clientKey?.fingerprint).toBe(fingerprint)
    expect(log.lines).toContain(
      `warn [nomyo] Our key ${fingerprint} has expired on 2025-12-22. Replace it, such as with rotateKeys().`,
    )
  })

  test('that fails is an error in the log, and the call goes on', async () => {
    await using router = await startTestRouter()
    const log = recordedLog()
    const keyStore = await storeWith('client2048', 91)
    keyStore.save = () => Promise.reject(new Error(`secret ${PASSWORD}`))
    const client = await clientOf(router, { keyStore, logger: log, logLevel: 'warn' })
    expect((await client.create(ask())).object).toBe('chat.completion')
    const lines = log.lines.filter((line) => line.startsWith('error'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('could not be replaced')
    expectNoSecrets(undefined, [PASSWORD], log.lines)
  })

  test('a hook that throws breaks nothing', async () => {
    await using router = await startTestRouter()
    const hooks: (() => unknown)[] = [
      () => {
        throw new Error('at once')
      },
      () => Promise.reject(new Error('later')),
    ]
    for (const onKeyEvent of hooks) {
      const keyStore = await storeWith('client2048', 91)
      const client = await clientOf(router, { keyStore, onKeyEvent: onKeyEvent as () => void })
      expect((await client.create(ask())).object).toBe('chat.completion')
    }
  })

  test.each([{ maxAgeDays: 0 }, { automatic: 1 }, 90, null])('%j is refused', (rotation) => {
    const options = { ...offline, rotation: rotation as object }
    expect(() => new SecureChatCompletion(options)).toThrow(ValidationError)
  })

  test('a misspelt name is refused', () => {
    const options = { ...offline, rotation: { maxAgeInDays: 3 } as object }
    expect(() => new SecureChatCompletion(options)).toThrow(TypeError)
  })

  test('rotateKeys takes no arguments', async () => {
    const client = new SecureChatCompletion(offline)
    const rotate = client.rotateKeys.bind(client) as unknown as (...given: unknown[]) => Promise<unknown>
    expect(await failureOf(() => rotate('client_keys'))).toBeInstanceOf(TypeError)
  })
})

describe('loadKeys({ pem })', () => {
  test.each([undefined, PASSWORD])(
    'uses a key from elsewhere, password %j, and stores nothing',
    async (password) => {
      await using router = await startTestRouter()
      const keyStore = memoryKeyStore()
      const client = await clientOf(router, { keyStore })
      const pem = await pemOf('other2048', password)
      const { fingerprint } = (await testKeyPair('other2048')).publicKey
      const info = await client.loadKeys(password === undefined ? { pem } : { pem, password })
      expect(info).toEqual({ fingerprint, createdAt: START })
      await client.create(ask())
      expect(router.messages[0]!.clientKey?.fingerprint).toBe(fingerprint)
      expect(await keyStore.list()).toEqual([])
      expect(generated()).toBe(0)
      expect(await failureOf(() => client.rotateKeys())).toMatchObject({ name: 'ValidationError' })
    },
  )

  test('its age is warned of, if it is told', async () => {
    await using router = await startTestRouter()
    const log = recordedLog()
    const client = await clientOf(router, { keyStore: memoryKeyStore(), logger: log, logLevel: 'warn' })
    await client.loadKeys({ pem: await pemOf('other2048'), createdAt: START - 100 * DAY })
    await client.create(ask())
    expect(log.lines.filter((line) => line.includes('Replace it'))).toHaveLength(1)
  })

  test('a wrong password is one opaque SecurityError', async () => {
    const client = new SecureChatCompletion(offline)
    const pem = await pemOf('other2048', PASSWORD)
    const wrong = `${PASSWORD}!`
    const error = await failureOf(() => client.loadKeys({ pem, password: wrong }))
    expect(error).toMatchObject({ name: 'SecurityError', code: 'decryption_failed' })
    expect(error.cause).toBeUndefined()
    expectNoSecrets(error, [wrong, PASSWORD, pem.split('\n')[3]!])
  })

  test('without its password it is locked', async () => {
    const client = new SecureChatCompletion(offline)
    const pem = await pemOf('other2048', PASSWORD)
    expect(await failureOf(() => client.loadKeys({ pem }))).toMatchObject({ code: 'locked' })
  })

  test.each<[string, unknown, unknown]>([
    ['a password that is undefined by mistake', { pem: 'x', password: undefined }, ValidationError],
    ['an empty password', { pem: 'x', password: '' }, ValidationError],
    ['a time that is none', { pem: 'x', createdAt: Number.NaN }, ValidationError],
    ['an unknown name', { pem: 'x', passphrase: PASSWORD }, TypeError],
    ['a path', 'client_keys/private_key.pem', TypeError],
    ['Python’s names', { private_key_path: 'client_keys/private_key.pem' }, TypeError],
    ['no PEM at all', {}, TypeError],
    ['null', null, TypeError],
  ])('%s is refused', async (_, given, type) => {
    const client = new SecureChatCompletion(offline)
    const error = await failureOf(() => client.loadKeys(given as GivenKey))
    expect(error).toBeInstanceOf(type)
    expectNoSecrets(error, [PASSWORD])
  })

  test.each(['', 'no PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])(
    'the text %j is a typed error',
    async (pem) => {
      const client = new SecureChatCompletion(offline)
      expect((await failureOf(() => client.loadKeys({ pem }))).name).toMatch(/^(KeyStore|Security)Error$/)
    },
  )
})

describe('prepareKeys', () => {
  test('starts generating at construction, and nobody waits twice', async () => {
    const keyStore = memoryKeyStore()
    const client = new SecureChatCompletion({ ...offline, keyStore, prepareKeys: true })
    await vi.waitFor(async () => expect(await keyStore.list()).toEqual(['current']), 60_000)
    const stored = await keyStore.load('current')
    expect(await client.loadKeys()).toMatchObject({ createdAt: stored!.createdAt })
    expect(generated()).toBe(1)
  })

  test('left out, construction does nothing', async () => {
    const keyStore = memoryKeyStore()
    const load = vi.spyOn(keyStore, 'load')
    const client = new SecureChatCompletion({ ...offline, keyStore })
    await new Promise((resolve) => setImmediate(resolve))
    expect(load).not.toHaveBeenCalled()
    expect(await failureOf(() => client.loadKeys())).toMatchObject({ code: 'not_found' })
  })

  test('a failure is told to whoever uses the key', async () => {
    const keyStore = memoryKeyStore()
    keyStore.load = () => Promise.reject(new Error('broken store'))
    await using router = await startTestRouter()
    const client = await clientOf(router, { keyStore, prepareKeys: true })
    expect((await failureOf(() => client.create(ask()))).message).toContain('broken store')
  })
})

test('generateKeys, loadKeys and rotateKeys tell which key it is', async () => {
  const client = new SecureChatCompletion(offline)
  const made = await client.generateKeys()
  expect(made).toEqual({ fingerprint: expect.stringMatching(/^sha256\//), createdAt: START })
  expect(await client.loadKeys()).toEqual(made)
  vi.setSystemTime(START + DAY)
  const rotated = await client.rotateKeys()
  expect(rotated.fingerprint).not.toBe(made.fingerprint)
  expect(rotated.createdAt).toBe(START + DAY)
})
