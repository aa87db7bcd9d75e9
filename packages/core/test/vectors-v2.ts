/** The vectors of protocol 2.0, as the README beside them describes them, and our sealing with their randomness. */
import { importPrivateKey, type Bytes, type KeyPair } from '@nomyo/core'
import {
  openRequest,
  sealRequest,
  type RequestContext,
  type ResponseMeta,
  type ResponseOpener,
  type SealedPart,
  type SealedRequest,
} from '@nomyo/core/exchange'
import { expect, vi } from 'vitest'
import { openResponse } from '../src/exchange/open-response.js'
import { concat, utf8 } from '../src/lib/bytes.js'
import text from '../test-vectors/v2.json?raw'
import { sealAll } from './exchange-parts.js'
import { bytesOf } from './forge.js'

interface Vector {
  readonly id: string
  readonly comment: string
}

export interface RequestVector extends Vector {
  readonly key: string
  readonly outer: { readonly payload_id?: string; security_tier?: string; readonly authorization?: string }
  readonly envelope_base64: string
}

export interface ValidRequest extends RequestVector {
  readonly iat: number
  readonly inner: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body_base64: string
  readonly plaintext_bytes: number
  readonly k_req: string
  readonly k_res: string
  readonly nonce: string
}

export interface InvalidRequest extends RequestVector {
  readonly expected: 'opaque' | 'unknown_key' | 'path'
  /** What its answer is sealed with, if it gets one. */
  readonly k_res?: string
  readonly th?: string
}

export interface FrameVector {
  readonly type: 'PAD' | 'META' | 'DATA' | 'ERROR'
  readonly final: boolean
  readonly plaintext_bytes: number
  readonly content_base64: string
}

export interface ValidResponse extends Vector {
  readonly request: string
  readonly k_str: string
  readonly nonce_w: string
  readonly frames: readonly FrameVector[]
  readonly meta: ResponseMeta
  readonly body_base64: string
  readonly error: { readonly code: string; readonly message: string } | null
  readonly response_base64: string
}

interface InvalidResponse extends Vector {
  readonly request: string
  readonly response_base64: string
  readonly expected: 'opaque' | 'truncated'
}

interface Vectors {
  readonly keys: Record<string, { readonly private_pkcs8: string; readonly kid: string }>
  readonly requests: {
    readonly valid: readonly ValidRequest[]
    readonly invalid: readonly InvalidRequest[]
  }
  readonly responses: {
    readonly valid: readonly ValidResponse[]
    readonly invalid: readonly InvalidResponse[]
  }
  readonly capabilities: {
    readonly valid: readonly (Vector & {
      readonly body: string
      readonly hash: string
      readonly versions: readonly string[]
      readonly keys: readonly string[]
      readonly paths: readonly string[]
    })[]
    readonly invalid: readonly (Vector & { readonly body?: string; readonly body_base64?: string })[]
  }
  readonly listings: readonly {
    readonly path: string
    readonly entries: readonly string[]
    readonly listed: boolean
  }[]
}

export const vectors = JSON.parse(text) as Vectors

const imported = new Map<string, Promise<KeyPair>>()

/** A key pair of the vectors. */
export async function vectorKey(name: string): Promise<KeyPair> {
  const known = imported.get(name) ?? importPrivateKey(bytesOf(vectors.keys[name]!.private_pkcs8))
  imported.set(name, known)
  return known
}

/** The bytes that hex stands for. */
export function fromHex(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

/** The outer headers of a vector, as core takes them. One that is absent has no payload id, which is none. */
export function contextOf({ outer }: RequestVector): RequestContext {
  const { payload_id: payloadID = '', security_tier: tier, authorization } = outer
  return { payloadID, tier, authorization }
}

export function requestOf(id: string): ValidRequest {
  return vectors.requests.valid.find((vector) => vector.id === id)!
}

/**
 * Seals a request with the randomness of its vector. Only the OAEP seed cannot be given to WebCrypto: in place of
 * RSA, `encrypt` yields the vector's encrypted keys, once it has been asked for the right thing.
 */
export async function sealAsVector(vector: ValidRequest): Promise<SealedRequest> {
  const { publicKey } = await vectorKey(vector.key)
  const envelope = bytesOf(vector.envelope_base64)
  const encrypted = envelope.slice(48, 48 + publicKey.modulusLength / 8)
  const block = concat(fromHex(vector.k_req), fromHex(vector.k_res))
  const restore = [drawing(block, fromHex(vector.nonce)), wrapping(publicKey.key, block, encrypted)]
  try {
    const { method, path, headers } = vector
    const inner = { method, path, headers, body: bytesOf(vector.body_base64) }
    return await sealRequest(inner, publicKey, contextOf(vector), { issuedAt: vector.iat })
  } finally {
    for (const end of restore) end()
  }
}

/** What opens the answer to a request that is refused sealed. */
export async function openerOf({ k_res = '', th = '', outer }: InvalidRequest): Promise<ResponseOpener> {
  const key = await crypto.subtle.importKey('raw', fromHex(k_res), 'AES-GCM', false, ['unwrapKey'])
  const transcript = Promise.resolve(fromHex(th))
  return openResponse({ key, transcript, payloadID: outer.payload_id ?? '' }, {})
}

/** Makes `getRandomValues` give these, each for the first request of its length; anything else is an error. */
function drawing(...values: readonly Bytes[]): () => void {
  const left = [...values]
  const spy = vi.spyOn(crypto, 'getRandomValues').mockImplementation(((array: Uint8Array) => {
    const at = left.findIndex(({ length }) => length === array.length)
    if (at < 0) throw new Error(`${array.length} random bytes that the vector has not`)
    array.set(left.splice(at, 1)[0]!)
    return array
  }) as typeof crypto.getRandomValues)
  return () => {
    spy.mockRestore()
    expect(left).toEqual([])
  }
}

function wrapping(recipient: CryptoKey, block: Bytes, encrypted: Bytes): () => void {
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle)
  const spy = vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (algorithm, key, data) => {
    const { name, label } = algorithm as RsaOaepParams
    if (name !== 'RSA-OAEP') return encrypt(algorithm, key, data)
    expect(key).toBe(recipient)
    expect(new Uint8Array(label as ArrayBuffer)).toEqual(utf8('nomyo-e2ee/2 key'))
    expect(new Uint8Array(data as Bytes)).toEqual(block)
    return encrypted.slice().buffer
  })
  return () => spy.mockRestore()
}

/** How a response is sealed: with frames of which size, as a transform or as a loop. */
export interface Sealing {
  readonly frameBytes: number | undefined
  readonly inLoop: boolean
}

/** Seals a response with the randomness of its vector. */
export async function respondAsVector(
  vector: ValidResponse,
  { frameBytes, inLoop }: Sealing,
): Promise<Bytes> {
  const request = requestOf(vector.request)
  const keys = await vectorKey(request.key)
  const opened = await openRequest(bytesOf(request.envelope_base64), keys, contextOf(request))
  const restore = [drawing(fromHex(vector.nonce_w)), generating(fromHex(vector.k_str))]
  try {
    const parts = vector.frames.map((frame) => partOf(vector, frame))
    const options = frameBytes === undefined ? {} : { frameBytes }
    if (!inLoop) return concat(...(await sealAll(opened.sealResponse(options), parts)))
    const chunks: Uint8Array[] = []
    for await (const chunk of opened.sealParts([parts], options)) chunks.push(chunk)
    return concat(...chunks)
  } finally {
    for (const end of restore) end()
  }
}

function generating(raw: Bytes): () => void {
  const real = crypto.subtle.importKey.bind(crypto.subtle)
  const spy = vi.spyOn(crypto.subtle, 'generateKey').mockImplementation((async (
    algorithm: AesKeyGenParams,
    extractable: boolean,
    usages: KeyUsage[],
  ) => {
    expect(algorithm).toEqual({ name: 'AES-GCM', length: 256 })
    return real('raw', raw, 'AES-GCM', extractable, usages)
  }) as typeof crypto.subtle.generateKey)
  return () => {
    expect(spy).toHaveBeenCalledTimes(1)
    spy.mockRestore()
  }
}

function partOf({ meta, error }: ValidResponse, { type, final, content_base64 }: FrameVector): SealedPart {
  if (type === 'META') return { kind: 'meta', meta, isFinal: final }
  if (type === 'ERROR') return { kind: 'error', ...error! }
  return type === 'PAD'
    ? { kind: 'pad', isFinal: final }
    : { kind: 'data', bytes: bytesOf(content_base64), isFinal: final }
}
