/** Protocol 1.0 is loaded when it is spoken, and not before. */
import type * as SDK from '@nomyo/client'
import { memoryKeyStore } from '@nomyo/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ask, failureOf } from './support/client.ts'
import { startSealedRouter } from './support/sealed-router.ts'
import { completion, startTestRouter } from './support/test-router.ts'

const MODULE = '../src/protocol-1.ts'

/** What happens when it is loaded: it is counted, and cannot be had at first. */
let loads = 0
let isOutOfReach = false

beforeEach(() => {
  loads = 0
  isOutOfReach = false
  vi.resetModules()
  vi.doMock(MODULE, async (original) => {
    loads++
    if (isOutOfReach) throw new Error('the network')
    return original()
  })
})

afterEach(() => {
  vi.doUnmock(MODULE)
  vi.resetModules()
})

const sdk = async (): Promise<typeof SDK> => import('@nomyo/client')

test('not for a router that speaks 2.0', async () => {
  await using router = await startSealedRouter({
    onSealed: () => ({ body: JSON.stringify(completion('Sealed.')) }),
  })
  const { SecureChatCompletion } = await sdk()
  const client = new SecureChatCompletion({ baseURL: router.url, allowHttp: true, logLevel: 'off' })
  await client.ready()
  await client.create(ask())
  client.protection()
  await client.trustServerKey((await client.serverKey()).fingerprint)
  client.close()
  expect(router.sealed).toHaveLength(1)
  expect(loads).toBe(0)
})

test('once for one that speaks 1.0, by ready() already', async () => {
  await using router = await startTestRouter()
  const { SecureChatCompletion } = await sdk()
  const client = new SecureChatCompletion({ baseURL: router.url, allowHttp: true, logLevel: 'off' })
  await client.ready()
  expect(loads).toBe(1)
  await Promise.all([client.create(ask()), client.create(ask())])
  expect(router.messages).toHaveLength(2)
  expect(loads).toBe(1)
})

test('where it cannot be had, the call fails as one without a connection, and the next one tries again', async () => {
  await using router = await startTestRouter()
  const { SecureChatCompletion, APIConnectionError } = await sdk()
  const options = { baseURL: router.url, allowHttp: true, logLevel: 'off', maxRetries: 0 } as const
  const client = new SecureChatCompletion({ ...options, keyStore: memoryKeyStore() })
  isOutOfReach = true
  const error = await failureOf(() => client.create(ask()))
  expect(error).toBeInstanceOf(APIConnectionError)
  expect(error.message).toContain('Protocol 1.0')
  expect(error).not.toHaveProperty('cause')
  expect(await failureOf(() => client.loadKeys())).toBeInstanceOf(APIConnectionError)
  expect(router.messages).toHaveLength(0)
  isOutOfReach = false
  await client.create(ask())
  expect(router.messages).toHaveLength(1)
})
