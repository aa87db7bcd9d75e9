import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair, PublicKey } from '@nomyo/core'
import { completion, scripted, untouched } from './support/backends.ts'
import { failureOf, peerOf, QUESTION, twoKeyPairs } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

/** A router whose backend must not be asked, and which must not read a body either. */
async function refusal(headers: Record<string, string | null>): Promise<{ status: number; detail: unknown }> {
  const backend = untouched()
  const request = await peerOf(keys, { backend }).request({ headers })
  const response = await peerOf(keys, { backend }).router(request)
  expect(request.bodyUsed, 'the body was read').toBe(false)
  expect(backend.calls).toEqual([])
  return failureOf(response)
}

describe('Content-Type', () => {
  test.for([null, 'application/json', 'text/plain', 'application/octet-stream-x'])(
    '%s → 415',
    async (type) => {
      expect(await refusal({ 'content-type': type })).toMatchObject({ status: 415 })
    },
  )

  test('a compressed body → 415', async () => {
    expect(await refusal({ 'content-encoding': 'gzip' })).toMatchObject({ status: 415 })
  })

  test('parameters and capitals are accepted', async () => {
    const headers = { 'content-type': 'Application/Octet-Stream; x=y', 'content-encoding': 'identity' }
    expect((await peerOf(keys).post({ headers })).status).toBe(200)
  })
})

describe('X-Payload-ID → 400', () => {
  test.for([
    ['absent', null],
    ['empty', ''],
    ['no UUID', 'openai-compat-abc123'],
    ['version 1', '3f2b6c1e-9a4d-1e7f-8b21-5c6d7e8f9a0b'],
    ['wrong variant', '3f2b6c1e-9a4d-4e7f-cb21-5c6d7e8f9a0b'],
    ['braces', '{3f2b6c1e-9a4d-4e7f-8b21-5c6d7e8f9a0b}'],
    ['two', '3f2b6c1e-9a4d-4e7f-8b21-5c6d7e8f9a0b, 3f2b6c1e-9a4d-4e7f-8b21-5c6d7e8f9a0b'],
  ] as [string, string | null][])('%s', async ([, id]) => {
    expect(await refusal({ 'x-payload-id': id })).toEqual({
      status: 400,
      detail: 'X-Payload-ID must be a UUID of version 4.',
    })
  })
})

describe('X-Security-Tier', () => {
  test.for(['', 'HIGH', 'top', 'high, maximum'])('“%s” → 400', async (tier) => {
    expect(await refusal({ 'x-security-tier': tier })).toMatchObject({ status: 400 })
  })

  test.for(['standard', 'high', 'maximum'])('%s is accepted', async (tier) => {
    expect((await peerOf(keys).post({ headers: { 'x-security-tier': tier } })).status).toBe(200)
  })
})

describe('tiers', () => {
  const tiers = { standard: ['*'], high: ['qwen/*', 'exact'], maximum: [] }
  test.for([
    ['standard', 'anything', 200],
    [null, 'anything', 200],
    ['high', 'qwen/3', 200],
    ['high', 'qwen', 403],
    ['high', 'exact', 200],
    ['high', 'exactly', 403],
    ['maximum', 'anything', 403],
  ] as [string | null, string, number][])('%s with %s → %s', async ([tier, model, status]) => {
    const backend = scripted(() => completion())
    const peer = peerOf(keys, { backend, tiers })
    const response = await peer.post({
      payload: { ...QUESTION, model },
      headers: { 'x-security-tier': tier },
    })
    expect(response.status).toBe(status)
    expect(backend.calls.length).toBe(status === 200 ? 1 : 0)
  })

  test('a request without a tier counts as standard', async () => {
    const peer = peerOf(keys, { tiers: { standard: ['a'], high: ['*'], maximum: ['*'] } })
    expect(await failureOf(await peer.post({ payload: { ...QUESTION, model: 'b' } }))).toMatchObject({
      status: 403,
    })
  })
})

describe('X-Public-Key → 400 without an echo', () => {
  const REFUSED = /^X-Public-Key must be one percent-encoded PEM of an RSA public key/
  const small = async (bits: number): Promise<string> => {
    const parameters = {
      name: 'RSA-OAEP',
      hash: 'SHA-256',
      modulusLength: bits,
      publicExponent: Uint8Array.of(1, 0, 1),
    }
    const pair = await crypto.subtle.generateKey(parameters, true, ['encrypt', 'decrypt'])
    return pemOf(await crypto.subtle.exportKey('spki', pair.publicKey))
  }
  const elliptic = async (): Promise<string> => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    return pemOf(await crypto.subtle.exportKey('spki', pair.publicKey))
  }
  const cases: Record<string, (key: PublicKey) => string | Promise<string>> = {
    'not a key': () => 'marker-9f31',
    'broken percent-encoding': () => '%E0%A4%A',
    '1024 bits': () => small(1024),
    'an elliptic curve': elliptic,
    'two PEMs': ({ pem }) => pem + pem,
    'a private PEM': ({ pem }) => pem.replaceAll('PUBLIC', 'PRIVATE'),
    'text before the PEM': ({ pem }) => `marker-9f31\n${pem}`,
    'a byte after the DER': ({ spki }) => pemOf(new Uint8Array([...spki, 0]).buffer),
  }

  test.for(Object.keys(cases))('%s', async (name) => {
    const text = await cases[name]!(keys[1].publicKey)
    const header = text.startsWith('%') ? text : encodeURIComponent(text)
    const { status, detail } = await refusal({ 'x-public-key': header })
    expect({ status, detail }).toEqual({ status: 400, detail: expect.stringMatching(REFUSED) })
    expect(detail).not.toContain('marker-9f31')
  })

  test('absent', async () => {
    expect(await refusal({ 'x-public-key': null })).toEqual({
      status: 400,
      detail: 'X-Public-Key is missing.',
    })
  })

  test('longer than 4096 characters', async () => {
    const header = encodeURIComponent(keys[1].publicKey.pem) + '%0A'.repeat(1400)
    expect(await refusal({ 'x-public-key': header })).toEqual({
      status: 400,
      detail: 'X-Public-Key is longer than 4096 characters.',
    })
  })
})

function pemOf(spki: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)))
  return `-----BEGIN PUBLIC KEY-----\n${base64.match(/.{1,64}/g)!.join('\n')}\n-----END PUBLIC KEY-----\n`
}
