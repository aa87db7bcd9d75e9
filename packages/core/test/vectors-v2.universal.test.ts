/** Protocol 2.0 fixed to the byte by another implementation: what must open, and what must not. */
import { SecurityError, StreamTruncatedError, type KeyPair } from '@nomyo/core'
import {
  isAllowedPath,
  isOriginForm,
  openRequest,
  parseCapabilities,
  readRequestHead,
  type SealedRequest,
} from '@nomyo/core/exchange'
import { describe, expect, it } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { openAll, openByLoop, type Outcome } from './exchange-parts.js'
import { bytesOf } from './forge.js'
import { say } from './say.js'
import { expectUndecryptable } from './undecryptable.js'
import {
  contextOf,
  fromHex,
  requestOf,
  sealAsVector,
  vectorKey,
  vectors,
  type InvalidRequest,
} from './vectors-v2.js'

const { requests, responses, capabilities, listings } = vectors

/** What a router with this one key makes of a request, up to its policy. */
async function openedBy(keys: KeyPair, vector: InvalidRequest): Promise<unknown> {
  const bytes = bytesOf(vector.envelope_base64)
  const head = readRequestHead(bytes)
  if (head !== undefined && head.fingerprint !== keys.publicKey.fingerprint) return 'unknown_key'
  return openRequest(bytes, keys, contextOf(vector)).then(
    ({ request }) => (isOriginForm(request.path) ? 'it opened' : 'path'),
    (error: unknown) => error,
  )
}

const sealed = new Map<string, Promise<SealedRequest>>()

/** Opens a response, in one piece and in many, as a transform and as a loop. */
async function outcomesOf(vector: (typeof responses.invalid)[number] | (typeof responses.valid)[number]) {
  const known = sealed.get(vector.request) ?? sealAsVector(requestOf(vector.request))
  sealed.set(vector.request, known)
  const bytes = bytesOf(vector.response_base64)
  const pieces = Array.from({ length: Math.ceil(bytes.length / 97) }, (_, i) =>
    bytes.subarray(i * 97, (i + 1) * 97),
  )
  const request = await known
  return Promise.all(
    [[bytes], pieces].flatMap((chunks) => [openAll(request, chunks), openByLoop(request, chunks)]),
  )
}

describe('vectors of protocol 2.0: keys', () => {
  it.each(Object.entries(vectors.keys))('%s', async (name, { kid }) => {
    const { fingerprint } = (await vectorKey(name)).publicKey
    expect(bytesOf(fingerprint.slice('sha256/'.length))).toEqual(fromHex(kid))
  })
})

describe('vectors of protocol 2.0: valid requests', () => {
  it.each(requests.valid)('$id', async (vector) => {
    const keys = await vectorKey(vector.key)
    const bytes = bytesOf(vector.envelope_base64)
    const { fingerprint } = keys.publicKey
    expect(readRequestHead(bytes)).toEqual({ fingerprint, issuedAt: vector.iat })
    const opened = await openRequest(bytes, keys, contextOf(vector))
    const { method, path, headers } = vector
    expect(opened.request).toEqual({ method, path, headers, body: bytesOf(vector.body_base64) })
    expect(isOriginForm(path)).toBe(true)
    expect(opened.issuedAt).toBe(vector.iat)
    const ek = bytes.slice(48, 48 + keys.publicKey.modulusLength / 8)
    expect(opened.claim).toEqual(new Uint8Array(await crypto.subtle.digest('SHA-256', ek)))
  })
})

describe('vectors of protocol 2.0: invalid requests', () => {
  it.each(requests.invalid)('$id', async (vector) => {
    const outcome = await openedBy(await vectorKey(vector.key), vector)
    if (vector.expected === 'opaque') expectUndecryptable(outcome)
    else expect(outcome).toBe(vector.expected)
  })
})

describe('vectors of protocol 2.0: valid responses', () => {
  it.each(responses.valid)('$id', async (vector) => {
    for (const outcome of await outcomesOf(vector)) {
      expect(outcome.error).toBeUndefined()
      expect(outcome.parts[0]).toEqual({ kind: 'meta', meta: vector.meta })
      const kinds = vector.frames.map(({ type }) => type.toLowerCase())
      expect(outcome.parts.map(({ kind }) => kind)).toEqual(kinds)
      expect(bodyOf(outcome)).toEqual(bytesOf(vector.body_base64))
      const last = outcome.parts.at(-1)!
      expect(last.kind === 'error' ? last : null).toEqual(vector.error && { kind: 'error', ...vector.error })
    }
  })
})

describe('vectors of protocol 2.0: invalid responses', () => {
  it.each(responses.invalid)('$id', async (vector) => {
    for (const { error } of await outcomesOf(vector)) {
      if (vector.expected === 'opaque') expectUndecryptable(error)
      else expect(StreamTruncatedError.isInstance(error)).toBe(true)
    }
  })
})

describe('vectors of protocol 2.0: capabilities', () => {
  it.each(capabilities.valid)('$id', async ({ body, keys, ...expected }) => {
    const { versions, paths, hash, keys: usable } = await parseCapabilities(utf8(body))
    expect(expected).toMatchObject({ versions, paths, hash })
    const named = await Promise.all(keys.map(vectorKey))
    expect(usable.map(({ publicKey }) => publicKey.fingerprint)).toEqual(
      named.map(({ publicKey }) => publicKey.fingerprint),
    )
  })

  it.each(capabilities.invalid)('$id', async ({ body, body_base64 }) => {
    const bytes = body === undefined ? bytesOf(body_base64) : utf8(body)
    const outcome = await parseCapabilities(bytes).then(
      () => 'it was read',
      (error: unknown) => error,
    )
    expect(outcome).toBeInstanceOf(SecurityError)
    expect(outcome).toMatchObject({ code: 'capabilities_refused' })
  })

  it.each(listings)('$entries list $path: $listed', ({ path, entries, listed }) => {
    expect(isAllowedPath(path, entries)).toBe(listed)
  })
})

it('there are vectors of every kind', () => {
  const counts = Object.entries({ requests, responses, capabilities }).map(
    ([kind, { valid, invalid }]) => `${valid.length} valid and ${invalid.length} invalid ${kind}`,
  )
  say(`vectors of protocol 2.0: ${counts.join(', ')}`)
  expect(requests.valid.length).toBeGreaterThanOrEqual(30)
  expect(requests.invalid.length).toBeGreaterThanOrEqual(230)
  expect(responses.valid.length).toBeGreaterThanOrEqual(30)
  expect(responses.invalid.length).toBeGreaterThanOrEqual(210)
  const words = [...requests.invalid, ...responses.invalid].map(({ expected }) => expected)
  expect(new Set(words)).toEqual(new Set(['opaque', 'unknown_key', 'path', 'truncated']))
})

function bodyOf({ parts }: Outcome): Uint8Array {
  return concat(...parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : [])))
}
