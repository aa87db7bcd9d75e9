import { describe, expect, it } from 'vitest'
import { createTransport } from '../src/http/transport.js'

const isBrowser = 'document' in globalThis

/** What `fetch` is given for a body of as many bytes. */
async function sentFor(size: number): Promise<unknown> {
  let sent: unknown
  const transport = createTransport(async (_input, init) => {
    sent = init?.body
    return new Response()
  })
  const body = new Uint8Array(size).fill(7)
  const { signal } = new AbortController()
  await transport({ url: 'https://router.example/', method: 'POST', headers: {}, body, signal })
  return sent
}

describe('a sealed body', () => {
  it('goes as the bytes that it is while it is small', async () => {
    expect(await sentFor(65_535)).toEqual(new Uint8Array(65_535).fill(7))
  })

  it('goes as a Blob when it is large in a browser, which sends that in half the time; elsewhere as bytes', async () => {
    const sent = await sentFor(65_536)
    expect(sent instanceof Blob).toBe(isBrowser)
    const bytes = sent instanceof Blob ? new Uint8Array(await sent.arrayBuffer()) : sent
    expect(bytes).toEqual(new Uint8Array(65_536).fill(7))
  })
})
