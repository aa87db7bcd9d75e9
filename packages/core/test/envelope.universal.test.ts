import {
  ALGORITHM,
  MAX_PLAINTEXT_BYTES,
  maxEnvelopeBytes,
  open,
  parsePlaintext,
  PLAINTEXT_JSON,
  PayloadTooLargeError,
  seal,
  VERSION,
} from '@nomyo/core'
import type { Bytes, EnvelopeKind } from '@nomyo/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { equalBytes, utf8 } from '../src/lib/bytes.js'
import { bytesOf, encode, type Fields } from './forge.js'
import { KEY_NAMES, keyPair } from './keys.js'
import { expectRefused, openAndParse } from './undecryptable.js'

const KINDS: EnvelopeKind[] = ['request', 'response']
const REQUEST = { model: 'Qwen/Qwen3-0.6B', messages: [{ role: 'user', content: 'Hello' }] }

function fieldsIn(envelope: Uint8Array): Fields {
  return JSON.parse(new TextDecoder().decode(envelope)) as Fields
}

/** A JSON object of exactly `size` bytes. */
function jsonOf(size: number): Bytes {
  const bytes = new Uint8Array(size).fill(0x78)
  bytes.set(utf8('{"x":"'))
  bytes.set(utf8('"}'), size - 2)
  return bytes
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the defaults', () => {
  it('are those of protocol 1.0', () => {
    expect(VERSION).toBe('1.0')
    expect(ALGORITHM).toBe('hybrid-aes256-rsa4096')
    expect(MAX_PLAINTEXT_BYTES).toBe(10_485_760)
    expect(PLAINTEXT_JSON).toEqual({ maxDepth: 128, maxValues: 2_000_000 })
    expect(maxEnvelopeBytes(MAX_PLAINTEXT_BYTES)).toBe(13_981_016 + 16_384)
  })
})

describe.each(KEY_NAMES)('a round trip with %s', (name) => {
  it.each(KINDS)('as a %s', async (kind) => {
    const recipient = await keyPair(name)
    const envelope = await seal(encode(REQUEST), recipient.publicKey)
    expect(await openAndParse(envelope, recipient, kind)).toEqual(REQUEST)
  })

  it('writes the fields of protocol 1.0 and nothing else', async () => {
    const recipient = await keyPair(name)
    const fields = fieldsIn(await seal(encode(REQUEST), recipient.publicKey))
    expect(Object.entries(fields).filter(([, value]) => typeof value !== 'object')).toEqual([
      ['version', '1.0'],
      ['algorithm', 'hybrid-aes256-rsa4096'],
      ['encrypted_aes_key', expect.any(String)],
      ['key_algorithm', 'RSA-OAEP-SHA256'],
      ['payload_algorithm', 'AES-256-GCM'],
    ])
    const { ciphertext, nonce, tag, ...rest } = fields.encrypted_payload
    expect(rest).toEqual({})
    const sizes = [ciphertext, nonce, tag, fields.encrypted_aes_key].map((text) => bytesOf(text).length)
    expect(sizes).toEqual([encode(REQUEST).length, 12, 16, recipient.publicKey.modulusLength / 8])
  })
})

describe('what is sealed comes out again', () => {
  const plaintexts: [string, string][] = [
    ['an empty object', '{}'],
    ['non-ASCII text', JSON.stringify({ x: 'Grüße, 東京, עברית, 👩‍👩‍👧, \u2028, é' })],
    ['lone surrogates as escapes', String.raw`{"x":"\ud800 \udc00"}`],
    ['white space', ' \r\n\t{ "x" : 1 } '],
    ['nothing at all', ''],
  ]
  it.each(plaintexts)('%s', async (_, text) => {
    const recipient = await keyPair('rsa2048')
    const { plaintext } = await open(await seal(utf8(text), recipient.publicKey), recipient)
    expect(plaintext).toEqual(utf8(text))
  })

  it('every length from 0 to 50 bytes', async () => {
    const recipient = await keyPair('rsa2048')
    for (let size = 0; size <= 50; size++) {
      const bytes = crypto.getRandomValues(new Uint8Array(size))
      expect((await open(await seal(bytes, recipient.publicKey), recipient)).plaintext).toEqual(bytes)
    }
  })

  it('neither the plaintext nor the envelope is changed', async () => {
    const recipient = await keyPair('rsa2048')
    const plaintext = encode(REQUEST)
    const envelope = await seal(plaintext, recipient.publicKey)
    const copy = new Uint8Array(envelope)
    await open(envelope, recipient)
    expect(plaintext).toEqual(encode(REQUEST))
    expect(envelope).toEqual(copy)
  })

  it('views into larger buffers', async () => {
    const recipient = await keyPair('rsa2048')
    const around = utf8('xx{"x":1}xx')
    const envelope = await seal(around.subarray(2, -2), recipient.publicKey)
    const shifted = new Uint8Array(envelope.length + 9)
    shifted.set(envelope, 5)
    expect(await openAndParse(shifted.subarray(5, -4), recipient, 'request')).toEqual({ x: 1 })
  })
})

describe('the limit', () => {
  it('10 MiB passes', async () => {
    const recipient = await keyPair('rsa2048')
    const plaintext = jsonOf(MAX_PLAINTEXT_BYTES)
    const opened = await open(await seal(plaintext, recipient.publicKey), recipient)
    expect(equalBytes(opened.plaintext, plaintext)).toBe(true)
    expect(Object.keys(parsePlaintext(opened.plaintext))).toEqual(['x'])
  })

  it.each([
    ['one byte more than 10 MiB', MAX_PLAINTEXT_BYTES + 1, undefined, MAX_PLAINTEXT_BYTES],
    ['one byte more than a lowered limit', 101, 100, 100],
    ['anything under a limit that is no number', 10, Number.NaN, Number.NaN],
  ])('%s → PayloadTooLargeError before encryption', async (_, size, maxPlaintextBytes, limit) => {
    const { publicKey } = await keyPair('rsa2048')
    const spies = (['generateKey', 'wrapKey', 'encrypt'] as const).map((name) =>
      vi.spyOn(crypto.subtle, name),
    )
    const options = maxPlaintextBytes === undefined ? {} : { maxPlaintextBytes }
    const error: unknown = await seal(jsonOf(size), publicKey, options).catch((reason: unknown) => reason)
    expect(PayloadTooLargeError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ name: 'PayloadTooLargeError', code: 'payload_too_large', size, limit })
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })

  it('a plaintext of exactly a lowered limit passes both ways', async () => {
    const recipient = await keyPair('rsa2048')
    const options = { maxPlaintextBytes: 100 }
    const envelope = await seal(jsonOf(100), recipient.publicKey, options)
    expect((await open(envelope, recipient, options)).plaintext).toEqual(jsonOf(100))
  })
})

describe('processedAt', () => {
  it.each([1767225600, 1767225600.25, 0])('%d is written and read', async (processedAt) => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(utf8('{}'), recipient.publicKey, { processedAt })
    expect(fieldsIn(envelope).processed_at).toBe(processedAt)
    expect((await open(envelope, recipient)).processedAt).toBe(processedAt)
  })

  it.each([Number.NaN, Infinity, '1767225600', null])(
    '%s → TypeError before encryption: nobody could read it',
    async (processedAt) => {
      const { publicKey } = await keyPair('rsa2048')
      const generateKey = vi.spyOn(crypto.subtle, 'generateKey')
      const options = { processedAt: processedAt as number }
      await expect(seal(utf8('{}'), publicKey, options)).rejects.toThrow(TypeError)
      expect(generateKey).not.toHaveBeenCalled()
    },
  )

  it('is absent if it was not given', async () => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(utf8('{}'), recipient.publicKey)
    expect(fieldsIn(envelope)).not.toHaveProperty('processed_at')
    expect(await open(envelope, recipient)).not.toHaveProperty('processedAt')
  })
})

describe('kind', () => {
  it('is a response if nothing is said', async () => {
    const recipient = await keyPair('rsa2048')
    const { key_algorithm: _, ...fields } = fieldsIn(await seal(utf8('{}'), recipient.publicKey))
    expect((await open(encode(fields), recipient)).plaintext).toEqual(utf8('{}'))
    await expectRefused(encode(fields), recipient, 'request')
  })
})
