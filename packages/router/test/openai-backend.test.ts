import { gzipSync } from 'node:zlib'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { openAIBackend, type BackendCall } from '@nomyo/router'
import { peerOf, QUESTION, twoKeyPairs } from './support/peer.ts'
import { startServer, type TestServer } from './support/http-server.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

let server: TestServer | undefined
afterEach(() => server?.close())

function call(parts: Partial<BackendCall> = {}): BackendCall {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode('{}'),
    signal: new AbortController().signal,
    ...parts,
  }
}

async function urlOf(baseURL: string): Promise<string> {
  let url = ''
  const fetch = async (input: unknown): Promise<Response> => {
    url = String(input)
    return new Response()
  }
  await openAIBackend({ baseURL, fetch: fetch as typeof globalThis.fetch }).send(call())
  return url
}

describe('base URL', () => {
  test.for([
    ['http://localhost:11434', 'http://localhost:11434/v1/chat/completions'],
    ['http://localhost:11434/', 'http://localhost:11434/v1/chat/completions'],
    ['http://localhost:11434/v1', 'http://localhost:11434/v1/chat/completions'],
    ['http://localhost:11434/v1//', 'http://localhost:11434/v1/chat/completions'],
    ['https://models.example/openai/v1/', 'https://models.example/openai/v1/chat/completions'],
    ['https://models.example/openai', 'https://models.example/openai/v1/chat/completions'],
    ['HTTPS://Models.Example/v1', 'https://models.example/v1/chat/completions'],
  ] as [string, string][])('%s', async ([baseURL, expected]) => {
    expect(await urlOf(baseURL)).toBe(expected)
  })

  test.for([
    '',
    'localhost:11434',
    'ftp://x',
    'file:///x',
    'http://user:marker@x',
    'http://x?marker',
    'http://x#marker',
  ])('“%s” is a TypeError that does not quote it', (baseURL) => {
    expect(() => openAIBackend({ baseURL })).toThrow(TypeError)
    expect(() => openAIBackend({ baseURL })).not.toThrow(/marker/)
  })
})

describe('what it sends', () => {
  test('the request, with its own key in place of the client’s', async () => {
    let body = ''
    server = await startServer((request, response) => {
      void text(request).then((received) => {
        body = received
        response.end('{"id":"x"}')
      })
    })
    const backend = openAIBackend({ baseURL: server.url, apiKey: 'sk-of-the-router' })
    const response = await peerOf(keys, { backend }).post({
      headers: { authorization: 'Bearer sk-of-the-client' },
    })
    expect(response.status).toBe(200)
    expect(JSON.parse(body)).toEqual(QUESTION)
    expect(server.requests[0]!.headers).toMatchObject({
      'authorization': 'Bearer sk-of-the-router',
      'content-type': 'application/json',
    })
    const sent = JSON.stringify(server.requests[0]!.rawHeaders)
    expect(sent).not.toMatch(/sk-of-the-client|x-public-key|x-payload-id/i)
  })

  test('no Authorization without a key, even if the call has one', async () => {
    server = await startServer((_, response) => response.end('{}'))
    const headers = { 'authorization': 'Bearer stray', 'cookie': 'stray', 'content-type': 'application/json' }
    await openAIBackend({ baseURL: server.url }).send(call({ headers }))
    expect(server.requests[0]!.headers).not.toHaveProperty('authorization')
    expect(server.requests[0]!.headers).not.toHaveProperty('cookie')
  })

  test('GET /v1/models without a body', async () => {
    server = await startServer((_, response) => response.end('{"object":"list","data":[]}'))
    const models = call({ method: 'GET', path: '/v1/models', headers: {}, body: new Uint8Array() })
    const response = await openAIBackend({ baseURL: server.url }).send(models)
    expect(await response.json()).toEqual({ object: 'list', data: [] })
    expect(server.requests[0]!.url).toBe('/v1/models')
  })

  test.for(['', 'with space', 'line\nfeed', 'ümlaut'])('the key %j is a TypeError', (apiKey) => {
    expect(() => openAIBackend({ baseURL: 'http://localhost', apiKey })).toThrow(TypeError)
  })
})

test('a redirect is not followed', async () => {
  const target = await startServer((_, response) => response.end('{"id":"x"}'))
  server = await startServer((_, response) => response.writeHead(307, { location: target.url }).end())
  const response = await peerOf(keys, { backend: openAIBackend({ baseURL: server.url }) }).post()
  expect(response.status).toBe(502)
  expect(target.requests).toEqual([])
  await target.close()
})

test('a compressed bomb stops at the limit of an answer', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  server = await startServer((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  )
  const before = process.memoryUsage().arrayBuffers
  const response = await peerOf(keys, { backend: openAIBackend({ baseURL: server.url }) }).post()
  expect(await response.json()).toEqual({ detail: 'The answer of the model server is too large.' })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024)
})

test('the global fetch is looked up at each call', async () => {
  const backend = openAIBackend({ baseURL: 'http://localhost:1' })
  const original = globalThis.fetch
  globalThis.fetch = async () => Response.json({ replaced: true })
  try {
    expect(await (await backend.send(call())).json()).toEqual({ replaced: true })
  } finally {
    globalThis.fetch = original
  }
})
