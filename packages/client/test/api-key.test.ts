import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MARKER, refusedCall, sent } from './support/call.ts'
import { ask, clientOf, failureOf } from './support/client.ts'
import { failure, startTestRouter } from './support/test-router.ts'

beforeEach(() => vi.stubEnv('NOMYO_API_KEY', undefined))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('key precedence: the call, the client, the Authorization header, NOMYO_API_KEY', () => {
  const all = { call: 'k-call', client: 'k-client', header: 'Bearer k-header', environment: 'k-env' }
  test.each([
    ['Bearer k-call', all],
    ['Bearer k-client', { ...all, call: undefined }],
    ['Bearer k-header', { ...all, call: undefined, client: undefined }],
    ['Bearer k-env', { environment: 'k-env' }],
    ['Bearer k-call', { call: 'k-call', environment: 'k-env' }],
    [undefined, {}],
    [undefined, { environment: '' }],
  ] as [string | undefined, Partial<typeof all>][])('%s of %j', async (expected, given) => {
    vi.stubEnv('NOMYO_API_KEY', given.environment)
    const { headers } = await sent(given.client === undefined ? {} : { apiKey: given.client }, {
      ...(given.call === undefined ? {} : { apiKey: given.call }),
      ...(given.header === undefined ? {} : { headers: { Authorization: given.header } }),
    })
    expect(headers['authorization']).toBe(expected)
  })

  test('the call’s Authorization header goes before the client’s', async () => {
    const { headers } = await sent(
      { defaultHeaders: { authorization: 'Bearer default' } },
      { headers: { Authorization: 'Basic call' } },
    )
    expect(headers['authorization']).toBe('Basic call')
  })

  test('NOMYO_API_KEY is read at each call', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    for (const key of ['first', 'second']) {
      vi.stubEnv('NOMYO_API_KEY', key)
      await client.create(ask())
    }
    expect(router.messages.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer first',
      'Bearer second',
    ])
  })

  test('a function is asked once for each attempt', async () => {
    let asked = 0
    await using router = await startTestRouter({
      onMessage: ({ headers }) =>
        headers['authorization'] === 'Bearer key-2' ? undefined : failure(500, 'x', { 'retry-after': '0' }),
    })
    const client = await clientOf(router, { maxRetries: 1, apiKey: async () => `key-${++asked}` })
    await client.create(ask())
    expect(router.messages.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer key-1',
      'Bearer key-2',
    ])
    expect(asked).toBe(2)
  })

  test('a function that fails: its own error, once, and nothing is sent', async () => {
    await using router = await startTestRouter()
    const broken = new RangeError('the vault is locked')
    const apiKey = vi.fn(() => Promise.reject(broken))
    const client = await clientOf(router, { apiKey, maxRetries: 2 })
    expect(await failureOf(() => client.create(ask()))).toBe(broken)
    expect(apiKey).toHaveBeenCalledTimes(1)
    expect(router.sockets.opened).toBe(0)
  })
})

describe('CRLF, NUL, non-Latin-1 in API key and payload id', () => {
  const bad = {
    'CRLF': `${MARKER}\r\nX-Injected: 1`,
    'a line feed at the end': `${MARKER}\n`,
    'NUL': `${MARKER}\0`,
    'non-Latin-1': `${MARKER}ключ`,
    'Latin-1': `${MARKER}é`,
    'a space': `${MARKER} x`,
    'a tab': `${MARKER}\t`,
    'DEL': `${MARKER}\x7f`,
    'an emoji': `${MARKER}🔑`,
  }
  describe.each(Object.entries(bad))('%s', (_, key) => {
    test('by the option', () => refusedCall({ apiKey: key }))
    test('by the call', () => refusedCall({}, { apiKey: key }))
    test('by a function', () => refusedCall({ apiKey: () => key }))
    test('by a function that takes its time', () => refusedCall({}, { apiKey: async () => key }))
  })

  const withoutNul = Object.entries(bad).filter(([, key]) => !key.includes('\0'))
  test.each(withoutNul)('%s, by NOMYO_API_KEY', async (_, key) => {
    vi.stubEnv('NOMYO_API_KEY', key)
    await refusedCall({})
  })

  const withoutSpace = Object.entries(bad).filter(([, key]) => key !== bad['a space'])
  test.each(withoutSpace)('%s, by an Authorization header', async (_, key) => {
    await refusedCall({}, { headers: { Authorization: `Bearer ${key}` } })
    await refusedCall({ defaultHeaders: { Authorization: `Bearer ${key}` } })
  })

  test.each([[''], [1], [null], [{ key: MARKER }], [[MARKER]]])('a key that is %j', async (key) => {
    await refusedCall({ apiKey: key as string })
    await refusedCall({}, { apiKey: key as string })
    await refusedCall({ apiKey: () => key as string })
  })

  test('a function that gives undefined', () => refusedCall({ apiKey: () => undefined as unknown as string }))

  test.each([
    'X-Payload-ID',
    'x-payload-id',
    'X-Public-Key',
    'X-Security-Tier',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Host',
    'Connection',
    'Expect',
    'Upgrade',
    'TE',
    'Trailer',
    'Keep-Alive',
    'Accept-Encoding',
  ])('the header %s is the SDK’s own', async (name) => {
    const headers = { [name]: MARKER }
    expect((await refusedCall({}, { headers })).message).toContain(name)
    expect((await refusedCall({ defaultHeaders: headers })).message).toContain(name)
  })
})
