import { beforeAll, describe, expect, test } from 'vitest'
import { generateKeyPair, open, parsePlaintext, seal, type JsonObject, type KeyPair } from '@nomyo/core'
import { completion, scripted } from './support/backends.ts'
import { failureOf, PAYLOAD_ID, peerOf, QUESTION, twoKeyPairs, URL_OF_ROUTER } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

const OPAQUE = { status: 400, detail: 'The request could not be decrypted.' }

describe('a sealed completion', () => {
  test('is answered sealed to the client’s key, with its payload id and metadata', async () => {
    const peer = peerOf(keys, { now: () => 1_700_000_000_900 })
    const response = await peer.post()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('x-payload-id')).toBe(PAYLOAD_ID)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const answer = await peer.answerOf(response)
    expect(answer['object']).toBe('chat.completion')
    expect(answer['_metadata']).toEqual({
      payload_id: PAYLOAD_ID,
      processed_at: 1_700_000_000,
      is_encrypted: true,
      encryption_algorithm: 'hybrid-aes256-rsa4096',
      response_status: 'success',
    })
  })

  test('comes in an envelope with processed_at in seconds and both algorithms', async () => {
    const response = await peerOf(keys, { now: () => 1_700_000_000_900 }).post()
    expect(await response.json()).toMatchObject({
      version: '1.0',
      key_algorithm: 'RSA-OAEP-SHA256',
      payload_algorithm: 'AES-256-GCM',
      processed_at: 1_700_000_000,
    })
  })

  test('reaches the backend as it was given, without stream and stream_options', async () => {
    const backend = scripted(() => completion())
    const payload = {
      ...QUESTION,
      temperature: 0.5,
      seed: 7,
      stream: true,
      stream_options: { include_usage: true },
    }
    await peerOf(keys, { backend }).post({ payload })
    expect(JSON.parse(backend.calls[0]!.text)).toEqual({ ...QUESTION, temperature: 0.5, seed: 7 })
    expect(backend.calls[0]!.call).toMatchObject({ method: 'POST', path: '/v1/chat/completions' })
  })

  test('takes none of the client’s headers to the backend', async () => {
    const backend = scripted(() => completion())
    await peerOf(keys, { backend }).post({ headers: { 'authorization': 'Bearer key', 'x-other': 'x' } })
    expect(backend.calls[0]!.call.headers).toEqual({
      'accept': 'application/json',
      'content-type': 'application/json',
    })
  })

  test('leaves no plaintext in the bytes that the backend was given', async () => {
    const backend = scripted(() => completion())
    await peerOf(keys, { backend }).post()
    expect(backend.calls[0]!.text).toContain('Hello')
    expect(backend.calls[0]!.call.body.every((byte) => byte === 0)).toBe(true)
  })

  test('replaces a _metadata of the backend', async () => {
    const backend = scripted(() =>
      Response.json({ id: 'x', _metadata: { payload_id: 'other', forged: true } }),
    )
    const peer = peerOf(keys, { backend })
    const answer = await peer.answerOf(await peer.post())
    expect(answer['_metadata']).toMatchObject({ payload_id: PAYLOAD_ID })
    expect(answer['_metadata']).not.toHaveProperty('forged')
  })

  test('is accepted with a key that Python percent-encoded, and in upper-case ids', async () => {
    const peer = peerOf(keys)
    const pem = encodeURIComponent(keys[1].publicKey.pem).replaceAll('%2F', '/')
    const headers = { 'x-public-key': pem, 'x-payload-id': PAYLOAD_ID.toUpperCase() }
    expect((await peer.post({ headers })).status).toBe(200)
  })

  test('keeps every other number of the answer', async () => {
    const peer = peerOf(keys, { backend: scripted(() => Response.json({ a: 1.5, b: [true, null, 'ü𝄞'] })) })
    expect(await peer.answerOf(await peer.post())).toMatchObject({ a: 1.5, b: [true, null, 'ü𝄞'] })
  })
})

describe('key ring', () => {
  test('an earlier key still opens; the current one is published', async () => {
    const older = await generateKeyPair({ modulusLength: 2048 })
    const peer = peerOf(keys, { keys: [keys[0], older] })
    expect((await peer.post({ sealTo: older.publicKey })).status).toBe(200)
    expect((await peer.post({ sealTo: keys[0].publicKey })).status).toBe(200)
    const published = await peer.router(new Request(`${URL_OF_ROUTER}/pki/public_key`))
    expect(await published.text()).toBe(keys[0].publicKey.pem)
  })

  test('a key that is no longer listed does not open', async () => {
    const older = await generateKeyPair({ modulusLength: 2048 })
    expect(await failureOf(await peerOf(keys).post({ sealTo: older.publicKey }))).toEqual(OPAQUE)
  })

  test('handles of one key are used in turn', async () => {
    const used: number[] = []
    const handle = (id: number): KeyPair => ({
      publicKey: keys[0].publicKey,
      get privateKey() {
        if (counting) used.push(id)
        return keys[0].privateKey
      },
    })
    let counting = false
    const peer = peerOf(keys, { keys: [handle(0), handle(1)] })
    counting = true
    for (let i = 0; i < 4; i++) expect((await peer.post()).status).toBe(200)
    expect(new Set(used)).toEqual(new Set([0, 1]))
  })
})

describe('what cannot be opened is refused with the same status and the same bytes', () => {
  const causes: Record<string, (envelope: JsonObject) => unknown> = {
    'OAEP: one bit of the wrapped key': (envelope) => ({
      ...envelope,
      encrypted_aes_key: flip(envelope['encrypted_aes_key']),
    }),
    'GCM: one bit of the ciphertext': (envelope) => inPayload(envelope, 'ciphertext'),
    'GCM: one bit of the tag': (envelope) => inPayload(envelope, 'tag'),
    'GCM: one bit of the nonce': (envelope) => inPayload(envelope, 'nonce'),
    'structure: version 2.0': (envelope) => ({ ...envelope, version: '2.0' }),
    'structure: no payload_algorithm': ({ payload_algorithm: _, ...rest }) => rest,
    'structure: no envelope': () => ({}),
    'structure: an array': () => [],
    'structure: an encrypted key of the wrong length': (envelope) => ({
      ...envelope,
      encrypted_aes_key: 'AAAA',
    }),
  }
  const plaintexts: Record<string, string | Uint8Array<ArrayBuffer>> = {
    'JSON: none': 'not JSON',
    'JSON: an array': '[]',
    'JSON: empty': '',
    'JSON: not UTF-8': Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    'JSON: a __proto__ key': '{"model":"m","messages":[{"role":"user","__proto__":{"x":1}}]}',
    'JSON: too deep': '{"a":'.repeat(200) + '1' + '}'.repeat(200),
  }

  async function fixed(response: Response): Promise<unknown> {
    const { status, headers } = response
    const named = [...headers].filter(([name]) => name !== 'x-request-id')
    return { status, named, body: await response.text() }
  }

  let expected: unknown
  beforeAll(async () => {
    expected = await fixed(await peerOf(keys).post({ body: 'no envelope at all' }))
    expect(expected).toMatchObject({ status: 400, body: JSON.stringify({ detail: OPAQUE.detail }) })
  })

  test.for(Object.keys(causes))('%s', async (cause) => {
    const envelope = await seal(new TextEncoder().encode(JSON.stringify(QUESTION)), keys[0].publicKey)
    const changed = causes[cause]!(JSON.parse(new TextDecoder().decode(envelope)) as JsonObject)
    expect(await fixed(await peerOf(keys).post({ body: JSON.stringify(changed) }))).toEqual(expected)
  })

  test.for(Object.keys(plaintexts))('%s', async (cause) => {
    expect(await fixed(await peerOf(keys).post({ payload: plaintexts[cause]! }))).toEqual(expected)
  })

  test('sealed to another key', async () => {
    expect(await fixed(await peerOf(keys).post({ sealTo: keys[1].publicKey }))).toEqual(expected)
  })

  test('an empty body', async () => {
    expect(await fixed(await peerOf(keys).post({ body: '' }))).toEqual(expected)
  })
})

describe('what an opened request must be', () => {
  test.for([
    ['no model', { messages: QUESTION['messages'] }, 'The request names no model.'],
    ['an empty model', { ...QUESTION, model: '' }, 'The request names no model.'],
    ['a model that is no string', { ...QUESTION, model: ['m'] }, 'The request names no model.'],
    ['no messages', { model: 'm' }, 'The request has no messages, or they are not a list of objects.'],
    [
      'an empty list',
      { model: 'm', messages: [] },
      'The request has no messages, or they are not a list of objects.',
    ],
    [
      'a message that is a string',
      { model: 'm', messages: ['hi'] },
      'The request has no messages, or they are not a list of objects.',
    ],
    [
      'a second model in capitals',
      { ...QUESTION, Model: 'other' },
      'The request has a field whose name differs from a known one only in case.',
    ],
    [
      'a stream with a long s',
      { ...QUESTION, ſtream: true },
      'The request has a field whose name differs from a known one only in case.',
    ],
  ] as [string, JsonObject, string][])('%s', async ([, payload, detail]) => {
    expect(await failureOf(await peerOf(keys).post({ payload }))).toEqual({ status: 400, detail })
  })

  test('a name that stands twice reaches the backend once, as it was checked', async () => {
    const backend = scripted(() => completion())
    const payload = '{"model":"forbidden","messages":[{"role":"user","content":"x"}],"model":"allowed"}'
    const tiers = { standard: ['allowed'], high: [], maximum: [] }
    expect((await peerOf(keys, { backend, tiers }).post({ payload })).status).toBe(200)
    expect(backend.calls[0]!.text).not.toContain('forbidden')
  })
})

test('the answer opens with the client’s key alone', async () => {
  const peer = peerOf(keys)
  const envelope = new Uint8Array(await (await peer.post()).arrayBuffer())
  await expect(open(envelope, keys[0])).rejects.toMatchObject({ code: 'decryption_failed' })
  expect(parsePlaintext((await open(envelope, keys[1])).plaintext)).toHaveProperty('choices')
})

function flip(text: unknown): string {
  const at = 10
  const letter = String(text)[at]
  return String(text).slice(0, at) + (letter === 'A' ? 'B' : 'A') + String(text).slice(at + 1)
}

function inPayload(envelope: JsonObject, field: string): JsonObject {
  const payload = envelope['encrypted_payload'] as JsonObject
  return { ...envelope, encrypted_payload: { ...payload, [field]: flip(payload[field]) } }
}
