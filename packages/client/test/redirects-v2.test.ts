/** Redirects in protocol 2.0: of the capabilities and of a sealed request. Nobody asks where they lead. */
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { API_KEY } from './support/markers.ts'
import { startSealedRouter, type PlainReply, type SealedRouter } from './support/sealed-router.ts'
import { completion, startTestRouter, type TestRouter } from './support/test-router.ts'

const REFUSED = { name: 'SecurityError', code: 'redirect_refused' }

/** A router that answers with redirects to `target`, in one place or the other. */
function routerThatMoved(
  place: 'the capabilities' | 'a sealed request',
  status: number,
  target: TestRouter,
): Promise<SealedRouter> {
  const reply =
    (path: string): PlainReply =>
    (response) =>
      void response.writeHead(status, { location: target.url + path }).end()
  return startSealedRouter(
    place === 'the capabilities'
      ? { onCapabilities: () => reply('/pki/capabilities') }
      : { onSealed: () => reply('/v2/secure') },
  )
}

describe('a redirect', () => {
  const cases = [300, 301, 302, 303, 304, 307, 308].flatMap((status) => [
    [status, 'the capabilities'] as const,
    [status, 'a sealed request'] as const,
  ])
  test.for(cases)('%i of %s', async ([status, place]) => {
    await using target = await startTestRouter()
    await using router = await routerThatMoved(place, status, target)
    const client = await clientOf(router, { protocol: 'auto', apiKey: API_KEY, maxRetries: 2 })
    expect(await failureOf(() => client.create(ask()))).toMatchObject(REFUSED)
    expect(target.sockets.opened).toBe(0)
    expect(router.capabilityRequests).toHaveLength(1)
    expect(router.sealed).toHaveLength(place === 'the capabilities' ? 0 : 1)
    // Nor is it a reason for 1.0.
    expect(router.requests).toHaveLength(router.capabilityRequests.length + router.sealed.length)
  })

  test('of a streamed call', async () => {
    await using target = await startTestRouter()
    await using router = await routerThatMoved('a sealed request', 307, target)
    const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
    expect(await failureOf(() => client.create({ ...ask(), stream: true }))).toMatchObject(REFUSED)
    expect(target.sockets.opened).toBe(0)
  })

  test('that a fetch which was passed in has followed: the answer is refused, genuine as it may be', async () => {
    const answer = { body: JSON.stringify(completion()) }
    await using target = await startSealedRouter({ onSealed: () => answer })
    await using router = await startSealedRouter({
      onSealed: () => (response) => {
        response.writeHead(307, { location: `${target.url}/v2/secure` }).end()
      },
    })
    const fetch: typeof globalThis.fetch = async (input, init) => {
      // For Node's own cannot send bytes twice.
      const body = new Blob([await new Response(init?.body ?? null).arrayBuffer()])
      return globalThis.fetch(input, { ...init, ...(init?.body ? { body } : {}), redirect: 'follow' })
    }
    // Without an API key, which would not follow: then the target could not open what is bound to it.
    const client = await clientOf(router, { protocol: '2.0', fetch })
    expect(await failureOf(() => client.create(ask()))).toMatchObject(REFUSED)
    expect(target.sealed).toHaveLength(1)
  })
})
