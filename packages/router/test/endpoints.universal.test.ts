import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { createRouter, embeddedBackend, type RouterOptions } from '@nomyo/router'
import { recordingLogger } from './support/log.ts'
import { COMPLETION, failureOf, peerOf, twoKeyPairs, URL_OF_ROUTER } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

function ask(path: string, method = 'GET'): Promise<Response> {
  return peerOf(keys).router(new Request(URL_OF_ROUTER + path, { method }))
}

test('GET /pki/public_key gives the PEM, not to be stored', async () => {
  const response = await ask('/pki/public_key')
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.text()).toBe(keys[0].publicKey.pem)
})

test('GET /health says ok and nothing else than the versions', async () => {
  expect(await (await ask('/health')).json()).toEqual({ status: 'ok', versions: ['1.0', '2.0'] })
})

test('HEAD is answered as GET, without a body', async () => {
  const response = await ask('/health', 'HEAD')
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

test.for(['/', '/pki', '/health/', '/v1/chat/completions', '/v1/chat/secure_completion/', '//health'])(
  '%s → 404',
  async (path) => {
    expect(await failureOf(await ask(path))).toMatchObject({ status: 404 })
  },
)

test.for([
  ['/health', 'POST', 'GET, HEAD'],
  ['/pki/public_key', 'DELETE', 'GET, HEAD'],
  [COMPLETION, 'GET', 'POST'],
  [COMPLETION, 'PUT', 'POST'],
] as [string, string, string][])('%s with %s → 405', async ([path, method, allow]) => {
  const response = await ask(path, method)
  expect(response.headers.get('allow')).toBe(allow)
  expect(await failureOf(response)).toMatchObject({ status: 405 })
})

test('every answer has an id of its own, which the log knows', async () => {
  const { logger, lines } = recordingLogger()
  const peer = peerOf(keys, { logger })
  const ids = [await peer.post(), await peer.post({ body: 'x' })].map(({ headers }) =>
    headers.get('x-request-id'),
  )
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(lines.map(({ fields }) => fields['requestID'])).toEqual(ids)
})

test('a logger that throws fails no request', async () => {
  const fail = (): never => {
    throw new Error('disk full')
  }
  const logger = { debug: fail, info: fail, warn: fail, error: fail }
  expect((await peerOf(keys, { logger }).post()).status).toBe(200)
})

describe('options that make no sense are a TypeError', () => {
  const cases: Record<string, object> = {
    'no keys': { keys: [] },
    'keys that are none': { keys: [{}] },
    'no backend': { backend: {} },
    'a limit of zero': { limits: { maxPlaintextBytes: 0 } },
    'a limit that is no number': { limits: { bodyTimeout: Number.NaN } },
    'a time limit that timers cannot hold': { limits: { backendTimeout: 2 ** 31 } },
    'a tier that is left out': { tiers: { standard: ['*'], high: ['*'] } },
    'a pattern with * inside': { tiers: { standard: ['a*b'], high: [], maximum: [] } },
  }
  test.for(Object.keys(cases))('%s', (name) => {
    const options = { keys: keys[0], backend: embeddedBackend(), ...cases[name] } as RouterOptions
    expect(() => createRouter(options)).toThrow(TypeError)
  })
})
