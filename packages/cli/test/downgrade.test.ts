/** A router that speaks 2.0 no longer, after the client was restarted: what is in its files decides. */
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { createRouter, embeddedBackend, type RouterHandler, type Version } from '@nomyo/router'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'

const QUESTION = { model: 'any', messages: [{ role: 'user' as const, content: 'Hello' }] }

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})
afterAll(removeDirectories)

/** A router at one address, whatever it speaks, and clients of it, each with a store of its own on the same files. */
function surroundings(): {
  speak(...versions: Version[]): void
  restarted(options?: ClientOptions): SecureChatCompletion
  readonly asked: string[]
} {
  const dir = join(emptyDirectory(), 'client_keys')
  const asked: string[] = []
  let router: RouterHandler
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    asked.push(new URL(request.url).pathname)
    return router(request)
  }
  return {
    asked,
    speak: (...versions) => void (router = createRouter({ keys, backend: embeddedBackend(), versions })),
    restarted: (options = {}) =>
      new SecureChatCompletion({
        ...{ baseURL: 'https://router.example', keyStore: pemKeyStore({ dir }), fetch },
        ...{ logLevel: 'off', maxRetries: 0 },
        ...options,
      }),
  }
}

test('is a DowngradeError, and nothing is sent', async () => {
  const { speak, restarted, asked } = surroundings()
  speak('1.0', '2.0')
  await restarted().create(QUESTION)
  speak('1.0')
  const later = restarted()
  await expect(later.create(QUESTION)).rejects.toMatchObject({ code: 'downgrade_refused' })
  await expect(later.create(QUESTION)).rejects.toMatchObject({ code: 'downgrade_refused' })
  expect(asked.at(-1)).toBe('/pki/capabilities')
  expect(asked).not.toContain('/v1/chat/secure_completion')
})

test('is overruled by an explicit 1.0, with a warning, unless minProtocol forbids that', async () => {
  const { speak, restarted } = surroundings()
  speak('1.0', '2.0')
  await restarted().create(QUESTION)
  speak('1.0')
  const warnings: string[] = []
  const warn = (line: string): void => void warnings.push(line)
  const silent = (): void => undefined
  const logger = { error: silent, warn, info: silent, debug: silent }
  const client = restarted({ protocol: '1.0', logger, logLevel: 'warn' })
  // A small key of ours: what is tested is what it is used for.
  await client.loadKeys({ pem: smallKey() })
  expect((await client.create(QUESTION)).object).toBe('chat.completion')
  await client.create(QUESTION)
  expect(warnings.filter((line) => line.includes('has spoken 2.0'))).toHaveLength(1)
  expect(() => restarted({ protocol: '1.0', minProtocol: '2.0' })).toThrow(/minProtocol/)
  await expect(restarted({ minProtocol: '2.0' }).create(QUESTION)).rejects.toMatchObject({
    code: 'downgrade_refused',
  })
})

function smallKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
