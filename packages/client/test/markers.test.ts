/** `failureOf`, through which the tests of this package look at failures, finds what no error and no log may show. */
import { describe, expect, test } from 'vitest'
import { failureOf, recordedLog } from './support/client.ts'
import { testKeyBase64 } from './support/keys.ts'
import { ANSWER, API_KEY, PROMPT } from './support/markers.ts'

const pem = (testKeyBase64('client2048').match(/.{1,64}/g) ?? []).join('\n')

describe.each([
  ['the API key', `Bearer ${API_KEY}`],
  ['a prompt', JSON.stringify({ content: PROMPT })],
  ['an answer', `“${ANSWER}”`],
  ['the private key', pem],
])('%s', (_what, secret) => {
  const places: Record<string, () => Error> = {
    message: () => new Error(secret),
    stack: () => Object.assign(new Error('x'), { stack: `Error: x\n    at ${secret}` }),
    cause: () => new Error('x', { cause: { deep: [new Error(secret)] } }),
    inspect: () => Object.defineProperty(new Error('x'), Symbol('hidden'), { value: new Map([[1, secret]]) }),
    JSON: () => Object.assign(new Error('x'), { toJSON: () => ({ secret }) }),
  }

  test.for(Object.keys(places))('in %s is found', async (place) => {
    const looked = failureOf(() => {
      throw places[place]!()
    })
    await expect(looked).rejects.toThrow(/^secrets in an error or a log: secret \d in /)
  })

  test('in a log is found', async () => {
    recordedLog().debug('a request with', secret)
    const looked = failureOf(() => {
      throw new Error('x')
    })
    await expect(looked).rejects.toThrow(/^secrets in an error or a log: secret \d in log$/)
  })
})

test('an error without one is what failureOf gives', async () => {
  const error = new Error('The router answered 400.')
  expect(await failureOf(() => Promise.reject(error))).toBe(error)
})
