import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MARKER, refusedCall, sent } from './support/call.ts'
import { ask, clientOf } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { failure, reset, startTestRouter } from './support/test-router.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

beforeEach(() => vi.stubEnv('NOMYO_API_KEY', undefined))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('the headers of a request', () => {
  test('are those of the protocol, and no others of ours', async () => {
    const { method, path, headers } = await sent()
    expect(`${method} ${path}`).toBe('POST /v1/chat/secure_completion')
    expect(headers['content-type']).toBe('application/octet-stream')
    const byTheRuntime = [
      'host',
      'connection',
      'content-length',
      'accept',
      'accept-encoding',
      'accept-language',
      'sec-fetch-mode',
      'user-agent',
    ]
    expect(
      Object.keys(headers)
        .filter((name) => !byTheRuntime.includes(name))
        .sort(),
    ).toEqual(['content-type', 'x-payload-id', 'x-public-key'])
  })

  test('X-Payload-ID is a UUID v4, fresh for each attempt, and so is the envelope', async () => {
    let attempts = 0
    await using router = await startTestRouter({
      onMessage: () => (++attempts % 3 === 0 ? undefined : failure(503, 'busy', { 'retry-after': '0' })),
    })
    const client = await clientOf(router, { maxRetries: 2 })
    const answers = [await client.create(ask()), await client.create(ask())]
    const ids = router.messages.map(({ headers }) => headers['x-payload-id'])
    expect(ids).toHaveLength(6)
    for (const id of ids) expect(id).toMatch(UUID_V4)
    expect(new Set(ids).size).toBe(6)
    expect(new Set(router.messages.map(({ body }) => body.toString())).size).toBe(6)
    expect(new Set(router.messages.map(({ plaintext }) => plaintext)).size).toBe(1)
    expect(answers.map(({ _metadata }) => _metadata.payload_id)).toEqual([ids[2], ids[5]])
  })

  test('X-Payload-ID is fresh after a broken connection too', async () => {
    let attempts = 0
    await using router = await startTestRouter({ onMessage: () => (attempts++ === 0 ? reset() : undefined) })
    await (await clientOf(router, { maxRetries: 1 })).create(ask())
    expect(new Set(router.messages.map(({ headers }) => headers['x-payload-id'])).size).toBe(2)
  })

  test('X-Public-Key is percent-encoded as Python’s urllib.parse.quote does it', async () => {
    const { headers } = await sent({ keyStore: await clientKeyStore('client4096') })
    const { pem } = (await testKeyPair('client4096')).publicKey
    expect(headers['x-public-key']).toBe(quote(pem))
    // Each `+` of the key takes two characters more.
    expect(headers['x-public-key']).toHaveLength(840 + 2 * (pem.split('+').length - 1))
    expect(headers['x-public-key']).toContain('/')
    expect(headers['x-public-key']).toMatch(
      /^-----BEGIN%20PUBLIC%20KEY-----%0A[\w/%.~-]+-----END%20PUBLIC%20KEY-----%0A$/,
    )
  })

  test('Authorization only if there is a key', async () => {
    expect((await sent()).headers).not.toHaveProperty('authorization')
    expect((await sent({ apiKey: MARKER })).headers['authorization']).toBe(`Bearer ${MARKER}`)
  })

  test('an empty Authorization is none', async () => {
    expect((await sent({}, { headers: { Authorization: '' } })).headers).not.toHaveProperty('authorization')
    expect((await sent({ defaultHeaders: { authorization: ' ' } })).headers).not.toHaveProperty(
      'authorization',
    )
  })

  test('X-Security-Tier only if given', async () => {
    expect((await sent()).headers).not.toHaveProperty('x-security-tier')
    for (const securityTier of ['standard', 'high', 'maximum'] as const) {
      expect((await sent({ securityTier })).headers['x-security-tier']).toBe(securityTier)
    }
    const both = await sent({ securityTier: 'standard' }, { securityTier: 'maximum' })
    expect(both.headers['x-security-tier']).toBe('maximum')
  })

  test('more of them: the call’s go before the client’s, whatever their case', async () => {
    const options = { defaultHeaders: { 'X-Team': 'one', 'X-Kept': ' kept ' } }
    const { headers } = await sent(options, { headers: { 'x-team': 'two' } })
    expect(headers).toMatchObject({ 'x-team': 'two', 'x-kept': 'kept' })
  })

  test('the request for the router’s key carries no Authorization, tier or key', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router, {
      apiKey: MARKER,
      securityTier: 'high',
      defaultHeaders: { 'Authorization': `Bearer ${MARKER}`, 'X-Team': 'one' },
    })
    await client.create(ask(), { headers: { authorization: `Bearer ${MARKER}` } })
    const { headers, body } = router.keyRequests[0]!
    expect(headers['x-team']).toBe('one')
    expect(JSON.stringify(headers)).not.toContain(MARKER)
    expect(Object.keys(headers).filter((name) => /^x-(?!team)|authorization/.test(name))).toEqual([])
    expect(body).toHaveLength(0)
  })
})

/** `urllib.parse.quote(text)` for ASCII text: letters, digits and `_.-~/` stay. */
function quote(text: string): string {
  return [...text]
    .map((char) =>
      /[A-Za-z0-9_.\-~/]/.test(char)
        ? char
        : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}

describe('header names and values', () => {
  test.each([
    '',
    ' ',
    `${MARKER} x`,
    `${MARKER}:`,
    `${MARKER}\r\nx`,
    `${MARKER}\0`,
    `${MARKER}é`,
    `(${MARKER})`,
    `"${MARKER}"`,
  ])('the name %j → ValidationError', async (name) => {
    await refusedCall({ defaultHeaders: { [name]: 'x' } })
    await refusedCall({}, { headers: { [name]: 'x' } })
  })

  test.each([
    `${MARKER}\r\nX-Injected: 1`,
    `${MARKER}\n`,
    `${MARKER}\0`,
    `${MARKER}é`,
    `${MARKER}ж`,
    `${MARKER}\x7f`,
    `${MARKER}\t`,
    1,
    null,
    [MARKER],
    { MARKER },
    undefined,
  ])('the value %j → ValidationError', async (value) => {
    const headers = { 'x-team': value as string }
    expect((await refusedCall({ defaultHeaders: headers })).message).toContain('x-team')
    await refusedCall({}, { headers })
  })

  test.each([
    ['a Headers object', new Headers({ 'x-team': MARKER })],
    ['a Map', new Map([['x-team', MARKER]])],
    ['a list of pairs', [['x-team', MARKER]]],
    ['a text', MARKER],
    ['a number', 7],
    ['null', null],
  ])('%s in place of a plain object is refused, not dropped', async (_, headers) => {
    const given = headers as unknown as Record<string, string>
    await refusedCall({ defaultHeaders: given })
    await refusedCall({}, { headers: given })
  })
})
