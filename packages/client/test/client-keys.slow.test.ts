/** Our own key pair: what generates, what loads, what refuses. */
import { generateKeyPair, memoryKeyStore, type KeyRecord } from '@nomyo/core'
import { KeyStoreError, SecureChatCompletion } from '@nomyo/client'
import { expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { startTestRouter } from './support/test-router.ts'

const offline = { baseURL: 'https://router.invalid', logLevel: 'off' } as const

test('create generates a key of 4096 bits if nothing is stored, once for calls at the same time', async () => {
  await using router = await startTestRouter()
  const keyStore = memoryKeyStore()
  const client = await clientOf(router, { keyStore })
  await Promise.all([client.create(ask()), client.create(ask())])
  const [first, second] = router.messages
  expect(first!.clientKey?.modulusLength).toBe(4096)
  expect(second!.clientKey?.fingerprint).toBe(first!.clientKey?.fingerprint)
  const stored = await keyStore.load('current')
  expect(stored?.keyPair.publicKey.fingerprint).toBe(first!.clientKey?.fingerprint)
  expect(stored?.keyPair.privateKey.extractable).toBe(false)
})

test('a stored key is used, not replaced', async () => {
  await using router = await startTestRouter()
  const client = await clientOf(router)
  await client.create(ask())
  const { publicKey } = await testKeyPair('client2048')
  expect(router.messages[0]!.clientKey?.fingerprint).toBe(publicKey.fingerprint)
})

test('a key that cannot be read stops the call, and the next one tries again', async () => {
  await using router = await startTestRouter()
  const keyStore = await clientKeyStore()
  let broken = true
  const load = keyStore.load.bind(keyStore)
  keyStore.load = async (name) => {
    if (broken) throw new KeyStoreError('unreadable', 'wrong password')
    return load(name)
  }
  const saved: KeyRecord[] = []
  keyStore.save = async (_, record) => void saved.push(record)
  const client = await clientOf(router, { keyStore })
  expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'unreadable' })
  expect(saved).toHaveLength(0)
  expect(router.messages).toHaveLength(0)
  broken = false
  expect((await client.create(ask())).object).toBe('chat.completion')
})

test('loadKeys never generates', async () => {
  const client = new SecureChatCompletion({ ...offline })
  expect(await failureOf(() => client.loadKeys())).toMatchObject({ name: 'KeyStoreError', code: 'not_found' })
})

test('generateKeys refuses where a key exists', async () => {
  const client = new SecureChatCompletion({ ...offline, keyStore: await clientKeyStore() })
  expect(await failureOf(() => client.generateKeys())).toMatchObject({
    name: 'KeyStoreError',
    code: 'exists',
  })
})

test('what was deleted from the store is generated again, and no longer loaded', async () => {
  const keyStore = memoryKeyStore()
  const client = new SecureChatCompletion({ ...offline, keyStore })
  await client.generateKeys()
  const before = await keyStore.load('current')
  await keyStore.delete('current')
  expect(await failureOf(() => client.loadKeys())).toMatchObject({ code: 'not_found' })
  await client.generateKeys()
  const after = await keyStore.load('current')
  expect(after?.keyPair.publicKey.fingerprint).not.toBe(before?.keyPair.publicKey.fingerprint)
})

test('loadKeys takes up a key that was put into the store', async () => {
  await using router = await startTestRouter()
  const keyStore = await clientKeyStore()
  const client = await clientOf(router, { keyStore })
  await client.create(ask())
  const other = await testKeyPair('other2048')
  await keyStore.save('current', { keyPair: other, createdAt: Date.now() }, { replace: true })
  await client.loadKeys()
  await client.create(ask())
  expect(router.messages[1]!.clientKey?.fingerprint).toBe(other.publicKey.fingerprint)
})

test('a store that writes files is given an exportable key, once; the key in use is the one that was stored first', async () => {
  const inner = memoryKeyStore()
  const faster = { keyPair: await generateKeyPair({ modulusLength: 2048 }), createdAt: 1 }
  let offered: KeyRecord | undefined
  const keyStore = Object.assign(Object.create(null) as typeof inner, {
    needsExportableKeys: true,
    load: inner.load.bind(inner),
    delete: inner.delete.bind(inner),
    list: inner.list.bind(inner),
    get: inner.get.bind(inner),
    set: inner.set.bind(inner),
    save: async (name: string, record: KeyRecord) => {
      offered = record
      await inner.save(name, faster) // another process was faster …
      await inner.save(name, record) // … so this one is told that there is a key
    },
  })
  await using router = await startTestRouter()
  const client = await clientOf(router, { keyStore })
  await client.generateKeys()
  expect(offered?.keyPair.privateKey.extractable).toBe(true)
  await client.create(ask())
  expect(router.messages[0]!.clientKey?.fingerprint).toBe(faster.keyPair.publicKey.fingerprint)
})

test('arguments in the Python client’s style throw a TypeError that names the store to pass', async () => {
  const client = new SecureChatCompletion({ ...offline })
  const loadKeys = client.loadKeys.bind(client) as unknown as (...given: unknown[]) => Promise<void>
  const generateKeys = client.generateKeys.bind(client) as unknown as (...given: unknown[]) => Promise<void>
  for (const run of [
    () => loadKeys('client_keys/private_key.pem'),
    () => generateKeys({ saveToFile: true }),
    () => generateKeys({ save_to_file: true, key_dir: 'client_keys' }),
  ]) {
    const error = await failureOf(run)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('pemKeyStore')
  }
})

test('ready fetches the router’s key and prepares ours', async () => {
  await using router = await startTestRouter()
  const keyStore = await clientKeyStore()
  const client = await clientOf(router, { keyStore })
  await client.ready()
  expect(router.keyRequests).toHaveLength(1)
  await client.create(ask())
  expect(router.keyRequests).toHaveLength(1)
})

test('create is also where OpenAI’s client has it', async () => {
  await using router = await startTestRouter()
  const { completions } = (await clientOf(router)).chat
  expect((await completions.create(ask())).object).toBe('chat.completion')
})
