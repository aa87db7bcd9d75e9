/** Requests of protocol 2.0 that are sealed rightly, with anything in them. */
import { openRequest, sealRequest, type InnerRequest } from '@nomyo/core/exchange'
import fc from 'fast-check'
import { requestAAD } from '../../src/exchange/context.js'
import { KEY_LABEL } from '../../src/exchange/wire.js'
import { unwrapBytes } from '../../src/keys/dropped-zeros.js'
import { concat, utf8, type Bytes } from '../../src/lib/bytes.js'
import { CONTEXT } from '../exchange-forge.js'
import { keyPair } from '../keys.js'
import { byteEdits, editBytes, isSame } from './byte-edits.js'
import { editJson, jsonEdits } from './json-edits.js'
import { areHeaders, readDocument, staysOutside } from './json-oracle.js'
import { attempt, hold, UNDECRYPTABLE } from './refusal.js'
import { defineTarget } from './target.js'

const HEAD =
  '{"method":"POST","path":"/v1/chat/completions","headers":{"accept":"text/event-stream","x-y":"z"}}'
const DONOR = '{"method":"get","path":7,"headers":{"authorization":"Bearer x","Host":"a","x-y":"\\n"}}'

/** Seals any plaintext, with keys that the router unwraps. */
async function makeSealer(): Promise<(plaintext: Bytes) => Promise<Bytes>> {
  const { publicKey, privateKey } = await keyPair('rsa2048')
  const inner = { method: 'GET', path: '/', headers: {}, body: new Uint8Array() }
  const { bytes } = await sealRequest(inner, publicKey, CONTEXT)
  const head = bytes.subarray(0, 304)
  const block = await unwrapBytes(head.subarray(48), privateKey, { name: 'RSA-OAEP', label: KEY_LABEL })
  const key = await crypto.subtle.importKey('raw', block!.subarray(0, 32), 'AES-GCM', false, ['encrypt'])
  const additionalData = requestAAD(head, CONTEXT)
  return async (plaintext) => {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plaintext)
    return concat(head, iv, new Uint8Array(sealed))
  }
}

/** A plaintext whose lengths and padding may be wrong. */
const structured = fc
  .record({
    edits: jsonEdits,
    body: fc.uint8Array({ maxLength: 300 }),
    wrong: fc.oneof(
      { arbitrary: fc.constant([0, 0]), weight: 4 },
      fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })),
    ),
    padding: fc.oneof(
      fc.nat(300).map((size) => new Uint8Array(size)),
      fc.uint8Array({ maxLength: 20 }),
    ),
    mark: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(255)),
  })
  .map(({ edits, body, wrong, padding, mark }) => {
    const head = utf8(editJson(HEAD, DONOR, edits))
    if (padding.length > 0) padding[padding.length - 1] = mark
    return concat(u32(head.length + wrong[0]!), head, u32(body.length + wrong[1]!), body, padding)
  })

function u32(value: number): Bytes {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return Uint8Array.from(bytes)
}

/** The request in a plaintext, by docs/protocol.md; undefined if it breaks a rule. */
function expectation(plaintext: Bytes): { request: InnerRequest; isPlain: boolean } | undefined {
  const buffer = Buffer.from(plaintext)
  if (buffer.length < 8) return undefined
  const bodyAt = 4 + buffer.readUInt32BE(0)
  if (bodyAt + 4 > buffer.length) return undefined
  const end = bodyAt + 4 + buffer.readUInt32BE(bodyAt)
  if (end > buffer.length || buffer.subarray(end).some((byte) => byte > 0)) return undefined
  const { value = {}, isPlain = false } = readDocument(buffer.subarray(4, bodyAt)) ?? {}
  const { method, path, headers } = value
  const isMethod = typeof method === 'string' && method.length <= 16 && /^[A-Z]+$/.test(method)
  if (!isMethod || typeof path !== 'string' || !areHeaders(headers)) return undefined
  if (Object.keys(headers).some(staysOutside)) return undefined
  return { request: { method, path, headers, body: plaintext.subarray(bodyAt + 4, end) }, isPlain }
}

export const requestContent = defineTarget('request-content', 2, async () => {
  const [pair, sealed] = [await keyPair('rsa2048'), await makeSealer()]
  const edited = fc.tuple(structured, byteEdits).map(([plaintext, edits]) => editBytes(plaintext, edits))
  return {
    arbitrary: fc.oneof({ arbitrary: structured as fc.Arbitrary<Bytes>, weight: 3 }, edited),
    check: async (plaintext) => {
      const bytes = await sealed(plaintext)
      const expected = expectation(plaintext)
      const opened = await attempt(() => openRequest(bytes, pair, CONTEXT), UNDECRYPTABLE)
      if (opened === undefined)
        return hold(expected?.isPlain !== true, 'a request that keeps the rules opens')
      hold(expected !== undefined, 'a request that breaks a rule is refused')
      const { body, ...head } = opened.value.request
      const { body: right, ...rest } = expected.request
      hold(isSame(body, right), 'the body is what was sealed')
      hold(JSON.stringify(head) === JSON.stringify(rest), 'so is the head')
    },
  }
})
