import { SecureChatCompletion, type CallOptions, type ClientOptions } from '@nomyo/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MARKER, refusedCall } from './support/call.ts'
import { ask, clientOf, failureOf } from './support/client.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { startTestRouter } from './support/test-router.ts'

beforeEach(() => vi.stubEnv('NOMYO_API_KEY', undefined))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('bad tier → ValidationError', () => {
  test.each([
    `${MARKER}`,
    'HIGH',
    'high ',
    '',
    'high\r\nX-Injected: 1',
    'ж',
    1,
    null,
    true,
    ['high'],
    { tier: 'high' },
  ])('%j', async (tier) => {
    const securityTier = tier as 'high'
    expect((await refusedCall({ securityTier })).message).toContain('standard, high, maximum')
    await refusedCall({}, { securityTier })
  })
})

describe('other options that cannot be used', () => {
  test.each([
    ['timeout', [0, -1, NaN, Infinity, 2 ** 31, '1000', null, 10n, {}]],
    ['maxRetries', [-1, 0.5, NaN, Infinity, '2', null, 2n]],
  ])('%s → ValidationError', async (name, values) => {
    for (const value of values) {
      await refusedCall({ [name]: value })
      await refusedCall({}, { [name]: value })
    }
  })

  test.each([[null], ['abort'], [{}], [new AbortController()]])(
    'a signal that is none → ValidationError',
    async (signal) => {
      await refusedCall({}, { signal: signal as unknown as AbortSignal })
    },
  )

  test.each([
    ['fetch', 'x'],
    ['allowHttp', 'yes'],
    ['allowHttp', 1],
    ['onSeal', {}],
    ['onOpen', 1],
    ['logLevel', MARKER],
    ['limits', { maxRequestBytes: 0 }],
    ['limits', { maxResponseBytes: -1 }],
    ['limits', { maxRequestBytes: 1.5 }],
    ['serverKeyPins', []],
    ['serverKeyPins', [MARKER]],
    ['serverKeyPins', MARKER],
  ])('%s: %j → ValidationError', async (name, value) => {
    await refusedCall({ [name]: value })
  })

  test.each([[null], ['https://x'], [7]])('options that are %j → TypeError', async (options) => {
    const error = await failureOf(() => new SecureChatCompletion(options as ClientOptions))
    expect(error).toBeInstanceOf(TypeError)
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const again = await failureOf(() => client.create(ask(), options as CallOptions))
    expect(again).toBeInstanceOf(TypeError)
    expect(router.sockets.opened).toBe(0)
  })
})

describe('names of the Python client are answered with ours', () => {
  const names = {
    base_url: 'baseURL',
    allow_http: 'allowHttp',
    api_key: 'apiKey',
    security_tier: 'securityTier',
    max_retries: 'maxRetries',
    key_dir: 'pemKeyStore',
    secure_memory: 'SECURITY.md',
    save_to_file: 'pemKeyStore',
    private_key_path: 'pemKeyStore',
  }
  test.each(Object.entries(names))('%s → %s', async (name, ours) => {
    const options = { [name]: MARKER }
    const error = await failureOf(() => new SecureChatCompletion(options))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(ours)
    expectNoSecrets(error, [MARKER])
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const again = await failureOf(() => client.create(ask(), options))
    expect(again).toBeInstanceOf(TypeError)
    expect(again.message).toContain(ours)
    expectNoSecrets(again, [MARKER])
    expect(router.sockets.opened).toBe(0)
  })

  test.each([
    ['saveToFile', [{ saveToFile: true }]],
    ['save_to_file', [{ save_to_file: true }]],
    ['a path', ['client_keys']],
    ['two paths', ['private.pem', 'public.pem']],
  ])('generateKeys and loadKeys with %s → TypeError that names the store', async (_, args) => {
    const client = new SecureChatCompletion({ logLevel: 'off' })
    for (const method of ['generateKeys', 'loadKeys'] as const) {
      const run = client[method].bind(client) as unknown as (...args: unknown[]) => Promise<void>
      const error = await failureOf(() => run(...args))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain('pemKeyStore')
    }
  })

  test('a path in place of a store → TypeError', () => {
    const options = { keyStore: 'client_keys' } as unknown as ClientOptions
    expect(() => new SecureChatCompletion(options)).toThrow(TypeError)
  })
})
