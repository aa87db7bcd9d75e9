/** Protocol 2.0 fixed to the byte by the same other implementation. */
import { SecurityError, StreamTruncatedError } from '@nomyo/core'
import {
  isOriginForm,
  openRequest,
  parseCapabilities,
  readRequestHead,
  sealRequest,
  type RequestContext,
  type ResponsePart,
  type SealedRequest,
} from '@nomyo/core/exchange'
import type { Context } from './context.ts'
import { equal, fails, ok } from './expect.ts'
import { fetchVectors, fromBase64, fromHex, testKey, utf8, type Bytes, type KeyName } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'
import { replace } from './replace.ts'
import { all, inPieces, joined, streamOf } from './streams.ts'

/** As the README beside the vectors describes them. */
interface VectorsV2 {
  readonly requests: { readonly valid: readonly ValidRequest[]; readonly invalid: readonly InvalidRequest[] }
  readonly responses: {
    readonly valid: readonly ValidResponse[]
    readonly invalid: readonly InvalidResponse[]
  }
  readonly capabilities: { readonly valid: readonly Offer[]; readonly invalid: readonly Document[] }
}

interface RequestVector {
  readonly id: string
  readonly key: KeyName
  readonly outer: { readonly payload_id?: string; security_tier?: string; readonly authorization?: string }
  readonly envelope_base64: string
}

interface ValidRequest extends RequestVector {
  readonly iat: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body_base64: string
  readonly k_req: string
  readonly k_res: string
  readonly nonce: string
}

interface InvalidRequest extends RequestVector {
  readonly expected: 'opaque' | 'unknown_key' | 'path'
}

interface ResponseVector {
  readonly id: string
  readonly request: string
  readonly response_base64: string
}

interface ValidResponse extends ResponseVector {
  readonly meta: object
  readonly body_base64: string
}

interface InvalidResponse extends ResponseVector {
  readonly expected: 'opaque' | 'truncated'
}

interface Document {
  readonly id: string
  readonly body?: string
  readonly body_base64?: string
}

interface Offer extends Document {
  readonly hash: string
  readonly paths: readonly string[]
}

let fetched: Promise<VectorsV2> | undefined

async function vectorsV2(context: Context): Promise<VectorsV2> {
  return (fetched ??= fetchVectors(context, 'v2.json'))
}

/** The outer headers, as core takes them: a payload id that is absent is none. */
function contextOf({ outer }: RequestVector): RequestContext {
  const { payload_id: payloadID = '', security_tier: tier, authorization } = outer
  return { payloadID, tier, authorization }
}

/** What opens the answers to a request: it is sealed with its vector's randomness, but for the seed of OAEP. */
async function sealedAs(context: Context, id: string): Promise<SealedRequest> {
  const vector = (await vectorsV2(context)).requests.valid.find((one) => one.id === id)!
  const { publicKey } = await testKey(context, vector.key)
  const { method, path, headers, k_req, k_res, nonce } = vector
  const envelope = fromBase64(vector.envelope_base64)
  const wrapped = envelope.slice(48, 48 + publicKey.modulusLength / 8)
  const inner = { method, path, headers, body: fromBase64(vector.body_base64) }
  const sealed = await withRandomness([fromHex(k_req + k_res), fromHex(nonce)], wrapped, async () =>
    sealRequest(inner, publicKey, contextOf(vector), { issuedAt: vector.iat }),
  )
  equal(sealed.bytes, envelope, id)
  return sealed
}

/** Runs `run` with these random bytes, and with this as what RSA gives. */
async function withRandomness<T>(values: Bytes[], wrapped: Bytes, run: () => Promise<T>): Promise<T> {
  const getRandomValues = (array: Uint8Array): Uint8Array => {
    const at = values.findIndex(({ length }) => length === array.length)
    array.set(values.splice(at, 1)[0]!)
    return array
  }
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle)
  const restore = [
    replace(crypto, 'getRandomValues', getRandomValues),
    replace(crypto.subtle, 'encrypt', async (...args: Parameters<SubtleCrypto['encrypt']>) =>
      (args[0] as Algorithm).name === 'RSA-OAEP' ? wrapped.slice().buffer : encrypt(...args),
    ),
  ]
  try {
    return await run()
  } finally {
    for (const undo of restore) undo()
  }
}

/** Opens a response in pieces that fit no frame. */
async function openedParts(sealed: SealedRequest, vector: ResponseVector): Promise<ResponsePart[]> {
  const pieces = inPieces(fromBase64(vector.response_base64), 97)
  return all(streamOf(pieces).pipeThrough(sealed.openResponse()))
}

const bytesOf = ({ body, body_base64 }: Document): Bytes =>
  body === undefined ? fromBase64(body_base64!) : utf8(body)

export const vectorV2Cases: readonly Case[] = [
  everywhere('vectors', 'every valid request of protocol 2.0 opens to what it was', async (context) => {
    const { valid } = (await vectorsV2(context)).requests
    ok(valid.length >= 30, 'there are at least 30 of them')
    for (const vector of valid) {
      const bytes = fromBase64(vector.envelope_base64)
      const opened = await openRequest(bytes, await testKey(context, vector.key), contextOf(vector))
      const { method, path, headers, body } = opened.request
      equal([method, path, headers], [vector.method, vector.path, vector.headers], vector.id)
      equal(body, fromBase64(vector.body_base64), vector.id)
      equal(opened.issuedAt, vector.iat)
    }
  }),

  everywhere('vectors', 'every invalid request of protocol 2.0 is refused as it must be', async (context) => {
    const { invalid } = (await vectorsV2(context)).requests
    ok(invalid.length >= 230, 'there are at least 230 of them')
    const words = new Set<string>()
    for (const vector of invalid) {
      const bytes = fromBase64(vector.envelope_base64)
      const keys = await testKey(context, vector.key)
      const open = async (): Promise<boolean> =>
        isOriginForm((await openRequest(bytes, keys, contextOf(vector))).request.path)
      if (vector.expected === 'unknown_key') {
        ok(
          readRequestHead(bytes)?.fingerprint !== keys.publicKey.fingerprint,
          `${vector.id} names another key`,
        )
      } else if (vector.expected === 'path') equal(await open(), false, vector.id)
      else words.add((await fails(SecurityError, 'decryption_failed', open)).message)
    }
    equal(words.size, 1, 'the number of different errors')
  }),

  everywhere('vectors', 'every valid response of protocol 2.0 opens to what it was', async (context) => {
    const { valid } = (await vectorsV2(context)).responses
    ok(valid.length >= 30, 'there are at least 30 of them')
    for (const vector of valid) {
      const [meta, ...rest] = await openedParts(await sealedAs(context, vector.request), vector)
      equal(meta, { kind: 'meta', meta: vector.meta }, vector.id)
      const body = rest.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))
      equal(joined(body), fromBase64(vector.body_base64), vector.id)
    }
  }),

  everywhere(
    'vectors',
    'every invalid response of protocol 2.0 is refused as it must be',
    async (context) => {
      const { invalid } = (await vectorsV2(context)).responses
      ok(invalid.length >= 210, 'there are at least 210 of them')
      const sealed = new Map<string, SealedRequest>()
      for (const vector of invalid) {
        const opener = sealed.get(vector.request) ?? (await sealedAs(context, vector.request))
        sealed.set(vector.request, opener)
        const open = (): unknown => openedParts(opener, vector)
        if (vector.expected === 'truncated') await fails(StreamTruncatedError, 'stream_truncated', open)
        else await fails(SecurityError, 'decryption_failed', open)
      }
    },
  ),

  everywhere('vectors', 'the capabilities of protocol 2.0 are read, or refused', async (context) => {
    const { valid, invalid } = (await vectorsV2(context)).capabilities
    for (const vector of valid) {
      const { hash, paths } = await parseCapabilities(bytesOf(vector))
      equal([hash, paths], [vector.hash, vector.paths], vector.id)
    }
    for (const vector of invalid) {
      await fails(SecurityError, 'capabilities_refused', () => parseCapabilities(bytesOf(vector)))
    }
  }),
]
