/** Envelopes fixed to the byte by another implementation. */
import { fingerprintOf, importPrivateKey, importPublicKey, open, parsePlaintext } from '@nomyo/core'
import type { EnvelopeKind, KeyPair } from '@nomyo/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import text from '../test-vectors/v1.json?raw'
import { bytesOf } from './forge.js'
import { say } from './say.js'
import { expectRefused } from './undecryptable.js'

interface Vector {
  readonly id: string
  readonly key: string
  readonly kind: EnvelopeKind
}

/** What the README beside the vectors says of them. */
interface Vectors {
  readonly keys: Record<string, VectorKey>
  readonly valid: (Vector & { readonly envelope: string; readonly plaintext: string })[]
  readonly invalid: (Vector & { readonly envelope?: string; readonly envelope_base64?: string })[]
}

interface VectorKey {
  readonly bits: number
  readonly private_pkcs8: string
  readonly public_pem: string
  readonly public_header: string
  readonly fingerprint: string
}

const vectors = JSON.parse(text) as Vectors
const keys = new Map<string, KeyPair>()

beforeAll(async () => {
  for (const [name, key] of Object.entries(vectors.keys)) {
    keys.set(name, await importPrivateKey(bytesOf(key.private_pkcs8)))
  }
})

describe('vectors of protocol 1.0: keys', () => {
  it.each(Object.entries(vectors.keys))('%s', async (name, vector) => {
    const imported = await importPublicKey(vector.public_pem)
    expect(imported).toMatchObject({
      pem: vector.public_pem,
      fingerprint: vector.fingerprint,
      modulusLength: vector.bits,
    })
    expect(await fingerprintOf(imported.spki)).toBe(vector.fingerprint)
    expect(decodeURIComponent(vector.public_header)).toBe(imported.pem)
    expect(encodeURIComponent(imported.pem).replaceAll('%2F', '/')).toBe(vector.public_header)
    expect(keys.get(name)!.publicKey.fingerprint).toBe(vector.fingerprint)
  })
})

describe('vectors of protocol 1.0: valid', () => {
  it.each(vectors.valid)('$id', async ({ envelope, key, kind, plaintext }) => {
    const opened = await open(utf8(envelope), keys.get(key)!, { kind })
    expect(opened.plaintext).toEqual(utf8(plaintext))
    expect(parsePlaintext(opened.plaintext)).toEqual(JSON.parse(plaintext))
    const sent = (JSON.parse(envelope) as { processed_at?: number }).processed_at
    expect(opened.processedAt).toBe(sent)
  })
})

describe('vectors of protocol 1.0: invalid', () => {
  it.each(vectors.invalid)('$id', async ({ envelope, envelope_base64, key, kind }) => {
    const bytes = envelope === undefined ? bytesOf(envelope_base64) : utf8(envelope)
    await expectRefused(bytes, keys.get(key)!, kind)
  })
})

it('there are vectors of every kind', () => {
  const { valid, invalid } = vectors
  say(`vectors of protocol 1.0: ${valid.length} valid, ${invalid.length} invalid`)
  expect(valid.length).toBeGreaterThanOrEqual(30)
  expect(invalid.length).toBeGreaterThanOrEqual(400)
  for (const kind of ['request', 'response']) {
    expect(valid.some((vector) => vector.kind === kind)).toBe(true)
    expect(invalid.some((vector) => vector.kind === kind)).toBe(true)
  }
  const ids = [...valid, ...invalid].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
