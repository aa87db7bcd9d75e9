/** When keys are made, and when never. */
import { KeyStoreError, type KeyEvent } from '@nomyo/client'
import { CURRENT_KEY, KeyManager, memoryKeyStore } from '@nomyo/core'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import { ask, clientFor, isAnswerTo, PROMPT, textOfAnswer } from './asking.ts'
import { equal, failureOf, fails, ok } from './expect.ts'
import { storeWith, testKey } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'
import { holdsContract, isPairOf } from './store-contract.ts'

const DAY = 24 * 60 * 60 * 1000

export const keyCases: readonly Case[] = [
  everywhere('keys', 'the store in memory holds the contract', async (context) => {
    const store = memoryKeyStore()
    equal(store.volatile, true)
    await holdsContract(context, store, () => store)
  }),

  everywhere('keys', 'generateKeys makes a key of 4096 bits, once', async (context) => {
    const keyStore = memoryKeyStore()
    const client = await clientFor(context, { keyStore, protocol: '1.0' })
    const { fingerprint } = await client.generateKeys()
    const record = await keyStore.load(CURRENT_KEY)
    equal(record?.keyPair.publicKey.modulusLength, 4096)
    equal(
      [record?.keyPair.publicKey.fingerprint, record?.keyPair.privateKey.extractable],
      [fingerprint, false],
    )
    await fails(KeyStoreError, 'exists', () => client.generateKeys())
    equal((await client.loadKeys()).fingerprint, fingerprint)
    await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask())))
    equal(await keyStore.list(), [CURRENT_KEY])
  }),

  everywhere('keys', 'loadKeys never generates', async (context) => {
    const keyStore = memoryKeyStore()
    const client = await clientFor(context, { keyStore })
    await fails(KeyStoreError, 'not_found', () => client.loadKeys())
    equal(await keyStore.list(), [])
  }),

  everywhere('keys', 'a key that cannot be read is never replaced', async (context) => {
    const keyStore = memoryKeyStore()
    keyStore.load = async () => {
      throw new KeyStoreError('unreadable', 'The record is damaged.')
    }
    const client = await clientFor(context, { keyStore, protocol: '1.0' })
    for (const run of [() => client.create(ask()), () => client.generateKeys(), () => client.rotateKeys()]) {
      await fails(KeyStoreError, 'unreadable', run)
    }
    equal(await keyStore.list(), [])
  }),

  everywhere('keys', 'a key from elsewhere is used and not stored', async (context) => {
    const given = await testKey(context, 'rsa2048', true)
    const pem = await exportPrivateKeyPem(given, { password: 'secret' })
    const keyStore = memoryKeyStore()
    const client = await clientFor(context, { keyStore, protocol: '1.0' })
    equal((await client.loadKeys({ pem, password: 'secret' })).fingerprint, given.publicKey.fingerprint)
    await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask())))
    equal([client.protection().clientKey.kept, await keyStore.list()], ['elsewhere', []])
  }),

  everywhere(
    'keys',
    'a key of 91 days is replaced on its next use, and kept as the previous one',
    async (context) => {
      const old = await testKey(context, 'rsa2048')
      const store = await storeWith(context, 'rsa2048', Date.now() - 91 * DAY)
      const events: KeyEvent['type'][] = []
      const manager = new KeyManager({ store, onEvent: ({ type }) => events.push(type) })
      const pairs = await Promise.all([manager.current(), manager.current()])
      ok(pairs[0] === pairs[1], 'two callers get one key')
      ok(pairs[0].publicKey.fingerprint !== old.publicKey.fingerprint, 'it is another key')
      equal(events, ['generating', 'rotated'])
      await isPairOf(old, await manager.previous())
    },
  ),

  everywhere('keys', 'a key of 80 days is warned of, and used on', async (context) => {
    const store = await storeWith(context, 'rsa2048', Date.now() - 80 * DAY)
    const events: KeyEvent['type'][] = []
    const manager = new KeyManager({ store, onEvent: ({ type }) => events.push(type) })
    await isPairOf(await testKey(context, 'rsa2048'), await manager.current())
    equal(events, ['expiring'])
  }),

  everywhere('keys', 'what the Python client takes is answered with what to pass', async (context) => {
    const client = await clientFor(context)
    const generate = client.generateKeys.bind(client) as (...given: unknown[]) => Promise<unknown>
    const error = (await failureOf(() => generate({ saveToFile: true }))) as Error
    ok(
      error instanceof TypeError && error.message.includes('pemKeyStore'),
      `the store is named: ${error.message}`,
    )
  }),
]
