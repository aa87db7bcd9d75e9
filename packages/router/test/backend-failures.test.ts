import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { RequestListener } from 'node:http'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { openAIBackend, type RouterLimits } from '@nomyo/router'
import { failureOf, peerOf, twoKeyPairs, type Peer } from './support/peer.ts'
import { startServer, type TestServer } from './support/http-server.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

const open: TestServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

const NOW = Date.parse('2026-01-01T00:00:00Z')
const WORDS = 'words of the backend'
/** Only where it is to pass: a busy machine may take as long to answer. */
const IMPATIENT = { backendTimeout: 300 }

async function over(listener: RequestListener, limits: RouterLimits = {}): Promise<Peer> {
  const server = await startServer(listener)
  open.push(server)
  return peerTo(server.url, limits)
}

function peerTo(baseURL: string, limits: RouterLimits = {}): Peer {
  return peerOf(keys, { backend: openAIBackend({ baseURL }), limits, now: () => NOW })
}

/** The failure, which says nothing of the backend's own words. */
async function failureWithoutItsWords(peer: Peer): Promise<{ status: number; detail: unknown }> {
  const response = await peer.post()
  const headers = JSON.stringify([...response.headers])
  const failure = await failureOf(response)
  expect(headers + JSON.stringify(failure)).not.toContain(WORDS)
  return failure
}

describe('the backend’s status → ours, in our words', () => {
  test.for([
    [301, 502, 'The model server failed.'],
    [307, 502, 'The model server failed.'],
    [400, 400, 'The model server refused the request as not valid.'],
    [401, 502, 'The model server does not accept this router.'],
    [402, 502, 'The model server failed.'],
    [403, 502, 'The model server does not accept this router.'],
    [404, 404, 'The model server does not know this model.'],
    [413, 413, 'The request is too large for the model server.'],
    [418, 502, 'The model server failed.'],
    [422, 400, 'The model server refused the request as not valid.'],
    [429, 429, 'The model server has too many requests.'],
    [500, 502, 'The model server failed.'],
    [502, 502, 'The model server failed.'],
    [503, 503, 'The model server is not available at the moment.'],
    [504, 504, 'The model server took too long.'],
  ] as [number, number, string][])('%s → %s', async ([given, status, detail]) => {
    const peer = await over((_, response) => {
      response.writeHead(given, { 'location': 'http://127.0.0.1:9/', 'x-request-id': WORDS })
      response.end(JSON.stringify({ error: { message: WORDS } }))
    })
    expect(await failureWithoutItsWords(peer)).toEqual({ status, detail })
  })
})

describe('Retry-After', () => {
  test.for([
    ['7', 429, '7'],
    ['0', 503, '0'],
    ['86400', 429, '86400'],
    ['86401', 429, null],
    ['-1', 429, null],
    ['1.5', 429, null],
    ['soon', 429, null],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 429, '30'],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 429, null],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 429, null],
    ['7', 500, null],
  ] as [string, number, string | null][])('“%s” with %s → %s', async ([value, status, expected]) => {
    const peer = await over((_, response) => response.writeHead(status, { 'retry-after': value }).end())
    expect((await peer.post()).headers.get('retry-after')).toBe(expected)
  })
})

describe('a backend without a sound answer', () => {
  test('down → 503', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await failureWithoutItsWords(peerTo(`http://127.0.0.1:${port}`))).toEqual({
      status: 503,
      detail: 'The model server cannot be reached.',
    })
  })

  test('reset before the answer → 503', async () => {
    const peer = await over((request) => request.socket.destroy())
    expect(await failureWithoutItsWords(peer)).toMatchObject({ status: 503 })
  })

  test('silent → 504 within the time limit, and its connection is closed', async () => {
    let closed: () => void
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const peer = await over((_, response) => void response.on('close', () => closed()), IMPATIENT)
    expect(await failureWithoutItsWords(peer)).toEqual({
      status: 504,
      detail: 'The model server took too long.',
    })
    await gone
  })

  test('stalled in its answer → 504', async () => {
    const peer = await over((_, response) => void response.writeHead(200).write('{"id":'), IMPATIENT)
    expect(await failureWithoutItsWords(peer)).toMatchObject({ status: 504 })
  })

  test('reset in its answer → 502', async () => {
    const peer = await over((_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(`{"id":"${WORDS}`)
      setTimeout(() => response.destroy(), 30)
    })
    expect(await failureWithoutItsWords(peer)).toEqual({
      status: 502,
      detail: 'The answer of the model server broke off.',
    })
  })

  test.for([
    ['HTML', `<html>${WORDS}</html>`],
    ['JSON that is cut', `{"id":"${WORDS}`],
    ['an array', `["${WORDS}"]`],
    ['null', 'null'],
    ['a string', `"${WORDS}"`],
    ['nothing', ''],
    ['a __proto__ key', `{"__proto__":{"x":"${WORDS}"}}`],
    ['nesting of 100000', '{"a":'.repeat(100_000)],
    ['a stream', `data: {"id":"${WORDS}"}\n\ndata: [DONE]\n\n`],
  ])('%s with status 200 → 502', async ([, body]) => {
    const peer = await over((_, response) => response.writeHead(200).end(body))
    expect(await failureWithoutItsWords(peer)).toEqual({
      status: 502,
      detail: 'The model server gave an answer that is no JSON object.',
    })
  })

  test('a client that goes away closes the connection to the backend', async () => {
    const controller = new AbortController()
    let closed: () => void
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const peer = await over((_, response) => {
      response.on('close', () => closed())
      controller.abort()
    })
    expect((await peer.post({ signal: controller.signal })).status).toBe(499)
    await gone
  })
})

test('a backend with a bug is a plain 503', async () => {
  const peer = peerOf(keys, {
    backend: {
      send: () => {
        throw new TypeError(WORDS)
      },
    },
  })
  expect(await failureWithoutItsWords(peer)).toMatchObject({ status: 503 })
})

test('a clock with a bug is a plain 500', async () => {
  let isBroken = false
  const peer = peerOf(keys, {
    now: () => {
      if (isBroken) throw new RangeError(WORDS)
      return Date.now()
    },
  })
  isBroken = true
  expect(await failureWithoutItsWords(peer)).toEqual({ status: 500, detail: 'The router failed.' })
})
