/** A misspelt option is refused: it may be the one that says where a prompt goes. */
import {
  createSecureFetch,
  SecureChatCompletion,
  type CallOptions,
  type ClientOptions,
  type SecureFetchOptions,
} from '@nomyo/client'
import { expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { startTestRouter } from './support/test-router.ts'

const SECRET = 'sk-value-of-an-option'

test.each([
  ['baseUrl', 'baseURL'],
  ['BaseURL', 'baseURL'],
  ['api-key', 'apiKey'],
  ['apikey', 'apiKey'],
  ['serverkeypins', 'serverKeyPins'],
  ['timeOut', 'timeout'],
])('new SecureChatCompletion({ %s }) → TypeError that names %s', async (wrong, right) => {
  const options = { [wrong]: SECRET } as ClientOptions
  const error = await failureOf(() => new SecureChatCompletion(options))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toContain(`Do you mean ${right}?`)
  expectNoSecrets(error, [SECRET])
})

test.each(['dangerouslyAllowBrowser', 'organization', 'headers', 'signal'])(
  '%s is no option of the client',
  async (name) => {
    const error = await failureOf(() => new SecureChatCompletion({ [name]: SECRET } as ClientOptions))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('defaultHeaders')
  },
)

test.each(['baseURL', 'allowHttp', 'serverKeyPins', 'max_tokens', 'idempotencyKey'])(
  '%s is no option of a call, and nothing is sent',
  async (name) => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    const error = await failureOf(() => client.create(ask(), { [name]: SECRET } as CallOptions))
    expect(error).toBeInstanceOf(TypeError)
    expect(router.sockets.opened).toBe(0)
  },
)

test('createSecureFetch names itself', async () => {
  const error = await failureOf(() => createSecureFetch({ baseUrl: SECRET } as SecureFetchOptions))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toBe('createSecureFetch has no option "baseUrl". Do you mean baseURL?')
})

test('createSecureFetch has no maxRetries of its own', async () => {
  const error = await failureOf(() => createSecureFetch({ maxRetries: 2 } as SecureFetchOptions))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toBe('createSecureFetch makes one attempt; maxRetries is for its caller.')
})

test('limits are read as strictly', async () => {
  const options = { limits: { maxRequestbytes: 1 } as object }
  const error = await failureOf(() => new SecureChatCompletion(options))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toContain('Do you mean maxRequestBytes?')
})

test('an option that is undefined is left out', () => {
  const options = { baseURL: undefined, apiKey: undefined, rotation: undefined, logLevel: 'off' } as const
  expect(() => new SecureChatCompletion(options)).not.toThrow()
})
