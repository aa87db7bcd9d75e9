/** What a failure over protocol 2.0 becomes: in clear, from whoever stands in between, or sealed, from the router. */
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { ANSWER, API_KEY } from './support/markers.ts'
import { plain, startSealedRouter } from './support/sealed-router.ts'

const CLASSES = [
  [401, 'AuthenticationError'],
  [403, 'ForbiddenError'],
  [404, 'NotFoundError'],
  [413, 'APIError'],
  [429, 'RateLimitError'],
  [500, 'ServerError'],
  [502, 'ServerError'],
  [503, 'ServiceUnavailableError'],
  [504, 'ServerError'],
] as const

describe('a failure', () => {
  test.each(CLASSES)('%i in clear is %s, and a stranger’s word', async (status, name) => {
    await using router = await startSealedRouter({ onSealed: () => plain(status, { detail: 'because' }) })
    const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({
      ...{ name, status, detail: 'because', authenticated: false },
    })
    expect(router.sealed).toHaveLength(1)
  })

  test.each([[400, 'InvalidRequestError'] as const, ...CLASSES])(
    '%i that came sealed is %s, and the router’s own word',
    async (status, name) => {
      const body = JSON.stringify({ error: { message: 'because', type: 'test', code: 'tested' } })
      await using router = await startSealedRouter({ onSealed: () => ({ status, body }) })
      const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
      expect(await failureOf(() => client.create(ask()))).toMatchObject({
        ...{ name, status, detail: 'because', apiCode: 'tested', authenticated: true },
      })
    },
  )

  test.each<[string, string, string | undefined]>([
    ['a web page', '<html>because</html>', undefined],
    ['terminal escapes', JSON.stringify({ detail: '\u001b[31mbecause\u001b[0m\u0007' }), undefined],
    ['1 MB', JSON.stringify({ detail: 'x'.repeat(1_000_000) }), undefined],
    ['our API key', JSON.stringify({ detail: `no such key: ${API_KEY}` }), API_KEY],
  ])('with %s in its body keeps its class, and at most 512 clean characters', async (_what, body, secret) => {
    for (const sealed of [false, true]) {
      await using router = await startSealedRouter({
        onSealed: () =>
          sealed
            ? { status: 403, body }
            : (response) => {
                response.writeHead(403).end(body)
              },
      })
      const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
      const error = await failureOf(() => client.create(ask()))
      expect(error).toMatchObject({ name: 'ForbiddenError', authenticated: sealed })
      const detail = String(Reflect.get(error, 'detail'))
      expect(detail.length).toBeLessThanOrEqual(512)
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(detail + error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
      if (secret !== undefined) expect(error.message).not.toContain(secret)
    }
  })

  test('with status 200, in clear, is no answer', async () => {
    const reply = plain(200, { choices: [{ message: { content: ANSWER } }] })
    await using router = await startSealedRouter({ onSealed: () => reply })
    const client = await clientOf(router, { protocol: '2.0', apiKey: API_KEY })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ code: 'answer_mismatch' })
  })
})
