import { maxEnvelopeBytes, open, seal } from '@nomyo/core'
import type { Bytes, EnvelopeKind, KeyPair } from '@nomyo/core'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { PRIVATE_KEYS } from './fixtures/keys.js'
import { base64, bytesOf, encode, fieldsOf, forgeParts, resize } from './forge.js'
import type { Fields, Parts, Recipe } from './forge.js'
import { keyPair, linesOfPem } from './keys.js'
import { addModulus, beyondModulus } from './modulus.js'
import { expectRefused, MESSAGE, openAndParse } from './undecryptable.js'

const PROMPT = 'marker-prompt-4c1f09'
const ANSWER = 'marker-answer-a7e25b'
const PLAINTEXT = utf8(JSON.stringify({ prompt: PROMPT, answer: ANSWER, pad: '' }))
const SECRETS = [PROMPT, ANSWER, ...linesOfPem(PRIVATE_KEYS.rsa2048)]
const KINDS: EnvelopeKind[] = ['request', 'response']
const LABELS = ['key_algorithm', 'payload_algorithm']
const PAYLOAD_FIELDS = ['ciphertext', 'nonce', 'tag']
const ROOT_STRINGS = ['version', 'algorithm', 'encrypted_aes_key', ...LABELS]
const BINARY_FIELDS = [...PAYLOAD_FIELDS, 'encrypted_aes_key']

let recipient: KeyPair
let parts: Parts

beforeAll(async () => {
  recipient = await keyPair('rsa2048')
  parts = await forgeParts(PLAINTEXT, recipient.publicKey)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** A name in the list of attacks, and the envelope it stands for. */
type Case = [name: string, forge: (fields: Fields) => Bytes]

/** The envelope with one field changed; `undefined` removes it. */
function change(name: string, field: string, to: (value: unknown) => unknown): Case {
  return [
    name,
    (fields) => {
      const holder = PAYLOAD_FIELDS.includes(field) ? fields.encrypted_payload : fields
      holder[field] = to(holder[field])
      return encode(fields)
    },
  ]
}

function eachField(fields: string[], name: string, to: (value: unknown) => unknown): Case[] {
  return fields.map((field) => change(`${name}: ${field}`, field, to))
}

function text(to: (text: string) => string): (value: unknown) => string {
  return (value) => to(value as string)
}

/** `text` with other bits behind the last byte, which sloppy readers ignore. */
function trailingBits(padded: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const last = padded.search(/=*$/) - 1
  return padded.slice(0, last) + alphabet[alphabet.indexOf(padded[last]!) + 1] + padded.slice(last + 1)
}

function urlSafe(standard: string): string {
  const safe = standard.replaceAll('+', '-').replaceAll('/', '_')
  return safe === standard ? `-${standard.slice(1)}` : safe
}

const WRONG_TYPES: [string, (value: unknown) => unknown][] = [
  ['null', () => null],
  ['a boolean', () => true],
  ['a number', () => 1],
  ['a list of the right value', (value) => [value]],
  ['an object', () => ({})],
]

const malformed: Case[] = [
  ['empty', () => new Uint8Array()],
  ['empty: white space', () => utf8(' \n')],
  [
    'invalid UTF-8',
    (fields) => concat(encode(fields).subarray(0, -1), utf8(',"x":"'), Uint8Array.of(0xff), utf8('"}')),
  ],
  [
    'invalid UTF-8: overlong',
    (f) => concat(encode(f).subarray(0, -1), utf8(',"x":"'), Uint8Array.of(0xc0, 0xaf), utf8('"}')),
  ],
  ['byte-order mark', (fields) => concat(Uint8Array.of(0xef, 0xbb, 0xbf), encode(fields))],
  ['array, null, string: array', (fields) => encode([fields])],
  ['array, null, string: empty array', () => encode([])],
  ['array, null, string: null', () => encode(null)],
  ['array, null, string: string', (fields) => encode(JSON.stringify(fields))],
  ['array, null, string: number', () => encode(1)],
  ['not JSON: HTML', () => utf8('<!doctype html><title>502</title>')],
  ['not JSON: cut', (fields) => encode(fields).subarray(0, -1)],
  ['not JSON: twice', (fields) => concat(encode(fields), encode(fields))],
  ['not JSON: NUL behind it', (fields) => concat(encode(fields), Uint8Array.of(0))],
  ['__proto__', (fields) => utf8(JSON.stringify(fields).replace('{', '{"__proto__":{},'))],
  ['__proto__ holds the envelope', (fields) => utf8(`{"__proto__":${JSON.stringify(fields)}}`)],
  [
    'depth 10^5',
    (fields) => utf8(JSON.stringify(fields).replace('{', `{"x":${'['.repeat(1e5)}${']'.repeat(1e5)},`)),
  ],
]

const missing: Case[] = eachField(
  ['version', 'algorithm', 'encrypted_payload', 'encrypted_aes_key', ...PAYLOAD_FIELDS],
  'each field missing',
  () => undefined,
)

const wrongTypes: Case[] = [
  ...WRONG_TYPES.flatMap(([type, to]) =>
    eachField([...ROOT_STRINGS, ...PAYLOAD_FIELDS], `each field of each wrong type: ${type}`, to),
  ),
  ...WRONG_TYPES.slice(0, 4).map(([type, to]) =>
    change(`each field of each wrong type: ${type}: encrypted_payload`, 'encrypted_payload', to),
  ),
  change('each field of each wrong type: a string: encrypted_payload', 'encrypted_payload', JSON.stringify),
  ...[null, true, '1767225600', [1], {}].map((value) =>
    change(
      `each field of each wrong type: ${JSON.stringify(value)}: processed_at`,
      'processed_at',
      () => value,
    ),
  ),
  [
    'each field of each wrong type: processed_at beyond all numbers',
    (fields) => utf8(JSON.stringify(fields).replace('1767225600', '1e999')),
  ],
]

const labels: Case[] = [
  ...['2.0', '1', '1.0 ', ' 1.0', '1.00', '1.0\0', ''].map((version) =>
    change(`version 2.0, 1, "1.0 ": ${JSON.stringify(version)}`, 'version', () => version),
  ),
  change('version 2.0, 1, "1.0 ": the number 1', 'version', () => 1),
  ...eachField(['algorithm', ...LABELS], 'unknown algorithms: none', () => 'none'),
  ...eachField(['algorithm', ...LABELS], 'unknown algorithms: empty', () => ''),
  ...eachField(
    ['algorithm', ...LABELS],
    'unknown algorithms: a space behind',
    text((value) => `${value} `),
  ),
  ...eachField(
    ['algorithm', ...LABELS],
    'unknown algorithms: other case',
    text((value) => (value.toLowerCase() === value ? value.toUpperCase() : value.toLowerCase())),
  ),
  change('unknown algorithms: another RSA size', 'algorithm', () => 'hybrid-aes256-rsa2048'),
  change('unknown algorithms: SHA-1', 'key_algorithm', () => 'RSA-OAEP-SHA1'),
  change('unknown algorithms: AES-128', 'payload_algorithm', () => 'AES-128-GCM'),
]

const PADDED = ['ciphertext', 'tag', 'encrypted_aes_key']
const sloppyBase64: Case[] = [
  ...eachField(
    BINARY_FIELDS,
    'base64 with white space: before',
    text((value) => ` ${value}`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with white space: behind',
    text((value) => `${value}\n`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with white space: inside',
    text((value) => `${value.slice(0, 8)}\r\n${value.slice(8)}`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with white space: four of them',
    text((value) => `${value.slice(0, 8)}    ${value.slice(8)}`),
  ),
  ...eachField(BINARY_FIELDS, 'base64 url-safe', text(urlSafe)),
  ...eachField(
    PADDED,
    'base64 unpadded',
    text((value) => value.replaceAll('=', '')),
  ),
  ...eachField(PADDED, 'base64 with non-zero trailing bits', text(trailingBits)),
  ...eachField(
    BINARY_FIELDS,
    'base64 with a junk suffix',
    text((value) => `${value}!`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with a junk suffix: four',
    text((value) => `${value}junk`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with a junk suffix: padding',
    text((value) => `${value}====`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with a junk suffix: NUL',
    text((value) => `${value}\0\0\0\0`),
  ),
  ...eachField(
    BINARY_FIELDS,
    'base64 with a junk suffix: not ASCII',
    text((value) => `${value}ŁŁŁŁ`),
  ),
]

function resized(name: string, field: string, size: (bytes: Uint8Array) => Uint8Array): Case {
  return change(name, field, (value) => base64(size(bytesOf(value))))
}

const sizes: Case[] = [
  ...[0, 4, 12, 15, 17].map((size) =>
    resized(`tag of 0, 4, 12, 15, 17: ${size}`, 'tag', (tag) => resize(tag, size)),
  ),
  [
    'tag left in the ciphertext: and the tag is missing',
    (fields) => {
      const { ciphertext, tag } = fields.encrypted_payload
      fields.encrypted_payload.ciphertext = base64(concat(bytesOf(ciphertext), bytesOf(tag)))
      delete fields.encrypted_payload.tag
      return encode(fields)
    },
  ],
  [
    'tag left in the ciphertext: and the tag is empty',
    (fields) => {
      const { ciphertext, tag } = fields.encrypted_payload
      fields.encrypted_payload.ciphertext = base64(concat(bytesOf(ciphertext), bytesOf(tag)))
      fields.encrypted_payload.tag = ''
      return encode(fields)
    },
  ],
  resized('encrypted key ± 1 byte: a zero before', 'encrypted_aes_key', (key) =>
    concat(Uint8Array.of(0), key),
  ),
  resized('encrypted key ± 1 byte: a zero behind', 'encrypted_aes_key', (key) => resize(key, key.length + 1)),
  resized('encrypted key ± 1 byte: without the first', 'encrypted_aes_key', (key) => key.subarray(1)),
  resized('encrypted key ± 1 byte: without the last', 'encrypted_aes_key', (key) => key.subarray(0, -1)),
]

const structural = [...malformed, ...missing, ...wrongTypes, ...labels, ...sloppyBase64, ...sizes]

describe.each(KINDS)('Envelope, a %s', (kind) => {
  /** Asserts that `envelope` is refused before any cryptography touches it. */
  async function expectRefusedUntouched(envelope: Bytes): Promise<void> {
    const unwrapKey = vi.spyOn(crypto.subtle, 'unwrapKey')
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    await expectRefused(envelope, recipient, kind, SECRETS)
    expect(unwrapKey).not.toHaveBeenCalled()
    expect(decrypt).not.toHaveBeenCalled()
  }

  it('opens as long as nothing is wrong with it', async () => {
    const unwrapKey = vi.spyOn(crypto.subtle, 'unwrapKey')
    const opened = await openAndParse(encode(fieldsOf(parts)), recipient, kind)
    expect(opened).toEqual({ prompt: PROMPT, answer: ANSWER, pad: '' })
    expect(unwrapKey).toHaveBeenCalledOnce()
  })

  it.each(structural)('%s', async (_, forge) => {
    await expectRefusedUntouched(forge(fieldsOf(parts)))
  })

  it.each([0, 8, 11, 13, 16, 128])('nonce of 0, 8, 11, 13, 16, 128 bytes: %i', async (nonceBytes) => {
    const forged = await forgeParts(PLAINTEXT, recipient.publicKey, { nonceBytes })
    await expectRefusedUntouched(encode(fieldsOf(forged)))
  })

  it.each(missing)('%s, even if Object.prototype has it', async (name, forge) => {
    const field = name.split(': ')[1]!
    const fields = fieldsOf(parts)
    const value = PAYLOAD_FIELDS.includes(field) ? fields.encrypted_payload[field] : fields[field]
    Object.defineProperty(Object.prototype, field, { value, configurable: true })
    try {
      await expectRefusedUntouched(forge(fields))
    } finally {
      Reflect.deleteProperty(Object.prototype, field)
    }
  })

  it.each(LABELS)(`each field missing: %s (${kind === 'request' ? 'refused' : 'allowed'})`, async (label) => {
    const fields = fieldsOf(parts)
    delete fields[label]
    if (kind === 'request') await expectRefusedUntouched(encode(fields))
    else expect(await openAndParse(encode(fields), recipient, kind)).toHaveProperty('prompt', PROMPT)
  })

  it('sizes before allocation: an envelope of one byte more than the limit allows', async () => {
    const limit = maxEnvelopeBytes(PLAINTEXT.length)
    const padded = (size: number): Bytes => utf8(JSON.stringify(fieldsOf(parts)).padEnd(size))
    const options = { kind, maxPlaintextBytes: PLAINTEXT.length }
    expect((await open(padded(limit), recipient, options)).plaintext).toEqual(PLAINTEXT)
    const parse = vi.spyOn(JSON, 'parse')
    await expect(open(padded(limit + 1), recipient, options)).rejects.toThrow(MESSAGE)
    expect(parse).not.toHaveBeenCalled()
  })

  it('sizes before allocation: a ciphertext of one byte more than the limit allows', async () => {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    const envelope = encode(fieldsOf(parts))
    const options = { kind, maxPlaintextBytes: PLAINTEXT.length - 1 }
    await expect(open(envelope, recipient, options)).rejects.toThrow(MESSAGE)
    expect(decrypt).not.toHaveBeenCalled()
  })

  it('sizes before allocation: no limit is no number, and nothing opens under it', async () => {
    const options = { kind, maxPlaintextBytes: Number.NaN }
    await expect(open(encode(fieldsOf(parts)), recipient, options)).rejects.toThrow(MESSAGE)
  })

  const recipes: [string, Recipe][] = [
    ['AES key of 16, 24, 31, 33 bytes: 16', { aesKeyBytes: 16 }],
    ['AES key of 16, 24, 31, 33 bytes: 24', { aesKeyBytes: 24 }],
    ['AES key of 16, 24, 31, 33 bytes: 31', { aesKeyBytes: 31 }],
    ['AES key of 16, 24, 31, 33 bytes: 33', { aesKeyBytes: 33 }],
    ['SHA-1 OAEP', { hash: 'SHA-1' }],
  ]
  it.each(recipes)('%s', async (_, recipe) => {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    const forged = await forgeParts(PLAINTEXT, recipient.publicKey, recipe)
    await expectRefused(encode(fieldsOf(forged)), recipient, kind, SECRETS)
    expect(decrypt).toHaveBeenCalledOnce()
  })

  it('an encrypted key that is not below the modulus: some engines reduce it, and open a second form', async () => {
    const { publicKey } = recipient
    const untouched = (encryptedKey: Uint8Array): Promise<void> =>
      expectRefusedUntouched(encode(fieldsOf({ ...parts, encryptedKey })))
    await untouched(await addModulus(new Uint8Array(256), publicKey))
    await untouched(new Uint8Array(256).fill(255))
    await untouched(
      await beyondModulus(publicKey, async () => (await forgeParts(PLAINTEXT, publicKey)).encryptedKey),
    )
  })

  it('tag left in the ciphertext: and in its field', async () => {
    const ciphertext = concat(parts.ciphertext, parts.tag)
    await expectRefused(encode(fieldsOf({ ...parts, ciphertext })), recipient, kind, SECRETS)
  })

  it("another client's key", async () => {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    const other = await keyPair('rsa2048Other')
    await expectRefused(encode(fieldsOf(parts)), other, kind, SECRETS)
    expect(decrypt).toHaveBeenCalledOnce()
  })

  it("another client's key, of another size", async () => {
    await expectRefused(encode(fieldsOf(parts)), await keyPair('rsa3072'), kind, SECRETS)
  })

  it.each(['ciphertext', 'nonce', 'tag', 'encryptedKey'] as const)(
    'the %s of another envelope to the same key',
    async (part) => {
      const other = await forgeParts(PLAINTEXT, recipient.publicKey)
      await expectRefused(encode(fieldsOf({ ...parts, [part]: other[part] })), recipient, kind, SECRETS)
    },
  )

  it('answer to another request (1.0: documented): it opens, nothing ties the two together', async () => {
    const other = await seal(utf8('{"answer":"to another"}'), recipient.publicKey)
    expect(await openAndParse(other, recipient, kind)).toEqual({ answer: 'to another' })
  })

  it('nesting of 8 in a field that nobody knows opens, 9 does not', async () => {
    const nested = (depth: number): Bytes =>
      utf8(JSON.stringify(fieldsOf(parts)).replace('{', `{"x":${'['.repeat(depth)}${']'.repeat(depth)},`))
    expect(await openAndParse(nested(7), recipient, kind)).toHaveProperty('prompt', PROMPT)
    await expectRefusedUntouched(nested(8))
  })

  it('more values than any envelope has are refused before they are parsed', async () => {
    const stuffed = utf8(JSON.stringify(fieldsOf(parts)).replace('{', `{"x":[${'{},'.repeat(1000)}{}],`))
    const parse = vi.spyOn(JSON, 'parse')
    await expectRefusedUntouched(stuffed)
    expect(parse).not.toHaveBeenCalled()
    parse.mockRestore()
  })

  it('unknown fields are ignored', async () => {
    const fields = fieldsOf(parts)
    const envelope = encode({ x: 1, ...fields, encrypted_payload: { y: [], ...fields.encrypted_payload } })
    expect(await openAndParse(envelope, recipient, kind)).toHaveProperty('prompt', PROMPT)
  })
})
