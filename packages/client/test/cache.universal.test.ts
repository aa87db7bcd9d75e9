/** What routers publish is asked of them, never of a browser's cache. */
import { createSecureFetch } from '@nomyo/client'
import { expect, test } from 'vitest'

test('where there is a cache, nothing is taken from it or put into it', async () => {
  const asked: [string, RequestCache | undefined][] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { url, cache } = new Request(input, init)
    asked.push([new URL(url).pathname, init?.cache === undefined ? undefined : cache])
    return new Response('{}', { status: 404 })
  }
  for (const protocol of ['1.0', '2.0'] as const) {
    const ask = createSecureFetch({ baseURL: 'https://router.example', fetch, protocol, logLevel: 'off' })
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })
    await ask('https://router.example/v1/chat/completions', { method: 'POST', body })
  }
  const cache = 'location' in globalThis ? 'no-store' : undefined
  expect(asked).toEqual([
    ['/pki/public_key', cache],
    ['/pki/capabilities', cache],
  ])
})
