import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { isAllowedHost } from '@nomyo/router'
import { untouched } from './support/backends.ts'
import { failureOf, peerOf, twoKeyPairs, URL_OF_ROUTER, COMPLETION } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

const PAGE = 'https://app.example'

describe('API key', () => {
  const apiKeys = ['sk-first-key', 'sk-second-key']

  test.for(['Bearer sk-first-key', 'bearer sk-second-key', 'Bearer  sk-first-key'])(
    '%s → 200',
    async (authorization) => {
      expect((await peerOf(keys, { apiKeys }).post({ headers: { authorization } })).status).toBe(200)
    },
  )

  test.for([
    ['none', null],
    ['another', 'Bearer sk-third-key'],
    ['a beginning', 'Bearer sk-first-ke'],
    ['a longer one', 'Bearer sk-first-key2'],
    ['other letters', 'Bearer SK-FIRST-KEY'],
    ['Basic', 'Basic sk-first-key'],
    ['no scheme', 'sk-first-key'],
    ['empty', 'Bearer '],
    ['two at once', 'Bearer sk-first-key, Bearer sk-second-key'],
    ['very long', `Bearer ${'x'.repeat(10_000)}`],
  ] as [string, string | null][])('%s → 401 before the body is read', async ([, authorization]) => {
    const peer = peerOf(keys, { apiKeys, backend: untouched() })
    const request = await peer.request({ headers: { authorization } })
    const response = await peer.router(request)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await failureOf(response)).toEqual({ status: 401, detail: 'The API key is missing or not valid.' })
    expect(request.bodyUsed).toBe(false)
  })

  test('is refused before anything else of the request is looked at', async () => {
    const headers = { 'content-type': 'text/plain', 'x-payload-id': null, 'x-public-key': 'x' }
    const response = await peerOf(keys, { apiKeys }).post({ headers, body: 'x' })
    expect(response.status).toBe(401)
  })

  test('is not needed for the public key and the health', async () => {
    const { router } = peerOf(keys, { apiKeys })
    for (const path of ['/pki/public_key', '/health']) {
      expect((await router(new Request(URL_OF_ROUTER + path))).status).toBe(200)
    }
  })

  test.for([[[]], [['']], [['with space']], [['line\nfeed']], [['ümlaut']]])(
    '%j is a TypeError',
    ([apiKeys]) => {
      expect(() => peerOf(keys, { apiKeys: apiKeys! })).toThrow(TypeError)
    },
  )
})

describe('Host', () => {
  const allowedHosts = ['localhost', '127.0.0.1:12434', '[::1]']
  test.for([
    ['localhost', 200],
    ['LOCALHOST:9999', 200],
    ['localhost.:12434', 200],
    ['127.0.0.1:12434', 200],
    ['[::1]:12434', 200],
    ['127.0.0.1:80', 403],
    ['127.0.0.1', 403],
    ['attacker.example', 403],
    ['attacker.example:12434', 403],
    ['localhost.attacker.example', 403],
    ['localhost, attacker.example', 403],
    ['user@localhost', 403],
    ['', 403],
  ] as [string, number][])('“%s” → %s', async ([host, status]) => {
    const { router } = peerOf(keys, { allowedHosts })
    const response = await router(new Request(`${URL_OF_ROUTER}/health`, { headers: { host } }))
    expect(response.status).toBe(status)
    expect(isAllowedHost(new Request(URL_OF_ROUTER, { headers: { host } }), allowedHosts)).toBe(
      status === 200,
    )
  })

  test.for(['evil.example@localhost', '127.1', 'localhost#', 'localhost/', 'localhost:', '0x7f000001'])(
    '“%s” is no name for localhost, though a URL parser says so',
    (host) => {
      const request = new Request(URL_OF_ROUTER, { headers: { host } })
      expect(isAllowedHost(request, ['localhost', '127.0.0.1'])).toBe(false)
    },
  )

  test('of another name is refused before the origin and the API key', async () => {
    const peer = peerOf(keys, { allowedHosts, apiKeys: ['k'], corsOrigins: [PAGE], backend: untouched() })
    const response = await peer.post({ headers: { host: 'attacker.example', origin: PAGE } })
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    expect(await failureOf(response)).toEqual({
      status: 403,
      detail: 'This router does not answer under that host name.',
    })
  })

  test('is taken from the URL where a runtime hides the header', async () => {
    const { router } = peerOf(keys, { allowedHosts })
    expect((await router(new Request('http://localhost:1/health'))).status).toBe(200)
    expect((await router(new Request('http://attacker.example/health'))).status).toBe(403)
  })

  test('any name is answered without allowedHosts', async () => {
    expect((await peerOf(keys).router(new Request('https://router.example/health'))).status).toBe(200)
  })

  test.for(['http://localhost', 'a b', '', 'localhost/x'])('“%s” in allowedHosts is a TypeError', (entry) => {
    expect(() => peerOf(keys, { allowedHosts: [entry] })).toThrow(TypeError)
    expect(() => isAllowedHost(new Request(URL_OF_ROUTER), [entry])).toThrow(TypeError)
  })
})

describe('Origin', () => {
  const host = 'localhost:12434'
  test.for([
    ['its own', 'http://localhost:12434', 200],
    ['its own behind TLS', 'https://localhost:12434', 200],
    ['another port', 'http://localhost:3000', 403],
    ['another name', 'http://attacker.example', 403],
    ['null', 'null', 403],
    ['no URL', 'localhost:12434', 403],
    ['its own with a path', 'http://localhost:12434/', 403],
  ] as [string, string, number][])('%s: %s → %s', async ([, origin, status]) => {
    const response = await peerOf(keys).post({ headers: { host, origin } })
    expect(response.status).toBe(status)
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
  })

  test.for(['GET', 'POST', 'OPTIONS'])('a foreign %s is refused before anything else', async (method) => {
    const { router } = peerOf(keys, { apiKeys: ['k'], backend: untouched() })
    const headers = { 'origin': PAGE, 'access-control-request-method': 'POST' }
    const response = await router(new Request(URL_OF_ROUTER + COMPLETION, { method, headers }))
    expect(await failureOf(response)).toEqual({
      status: 403,
      detail: 'Pages of that origin may not use this router.',
    })
  })

  test('a page of http: is not the same as a router of https:', async () => {
    const { router } = peerOf(keys)
    const headers = { host: 'router.example', origin: 'http://router.example' }
    expect((await router(new Request('https://router.example/health', { headers }))).status).toBe(403)
  })

  test('an allowed one may read the answer, and failures too', async () => {
    const peer = peerOf(keys, { corsOrigins: [PAGE], apiKeys: ['k'] })
    for (const authorization of ['Bearer k', 'Bearer wrong']) {
      const response = await peer.post({ headers: { origin: PAGE, authorization } })
      expect(response.status).toBe(authorization === 'Bearer k' ? 200 : 401)
      expect(response.headers.get('access-control-allow-origin')).toBe(PAGE)
      expect(response.headers.get('access-control-expose-headers')).toBe(
        'retry-after, x-payload-id, x-request-id',
      )
      expect(response.headers.get('vary')).toBe('origin')
      expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    }
  })

  test('* admits every origin, null too', async () => {
    for (const origin of [PAGE, 'null']) {
      const response = await peerOf(keys, { corsOrigins: ['*'] }).post({ headers: { origin } })
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.status).toBe(200)
    }
  })

  test.for([
    'https://app.example/',
    'app.example',
    'https://APP.example',
    'https://app.example:443',
    'https://*.example/x',
    '',
  ])('“%s” in corsOrigins is a TypeError', (entry) => {
    expect(() => peerOf(keys, { corsOrigins: [entry] })).toThrow(TypeError)
  })
})

describe('preflight', () => {
  const asked = { 'origin': PAGE, 'access-control-request-method': 'POST' }
  const preflight = (headers: Record<string, string>): Promise<Response> =>
    peerOf(keys, { corsOrigins: [PAGE], apiKeys: ['k'] }).router(
      new Request(URL_OF_ROUTER + COMPLETION, { method: 'OPTIONS', headers }),
    )

  test('of an allowed origin → 204 without an API key', async () => {
    const response = await preflight(asked)
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'authorization, content-type, x-payload-id, x-public-key, x-security-tier',
      'access-control-max-age': '7200',
      'vary': 'origin',
    })
    expect(response.headers.has('access-control-allow-private-network')).toBe(false)
  })

  test('names the private network when asked', async () => {
    const response = await preflight({ ...asked, 'access-control-request-private-network': 'true' })
    expect(response.headers.get('access-control-allow-private-network')).toBe('true')
  })

  test('an OPTIONS that is none → 405', async () => {
    expect((await preflight({})).status).toBe(405)
  })
})
