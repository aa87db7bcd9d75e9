/** Any bytes over protocol 2.0. */
import { openRequest, sealRequest, isOriginForm, type SealedPart } from '@nomyo/core/exchange'
import fc from 'fast-check'
import { concat, type Bytes } from '../../src/lib/bytes.js'
import { CAPS_HASH, CONTEXT, PAYLOAD_ID } from '../exchange-forge.js'
import { keyPair } from '../keys.js'
import { boundaries, cutAt, isSame } from './byte-edits.js'
import { areHeaders, staysOutside } from './json-oracle.js'
import { attempt, hold, INVALID, TOO_MANY } from './refusal.js'
import { read, written } from './response-reading.js'
import { defineTarget } from './target.js'
import { unit } from './text.js'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.nat(70_000).map((size) => new Uint8Array(size).fill(size)),
)
const name = fc.oneof(
  { arbitrary: fc.constantFrom('accept', 'x-request-id'), weight: 8 },
  fc.constantFrom('authorization', 'a b', '__proto__'),
  fc.string({ maxLength: 8 }),
)
const headers = fc
  .array(fc.tuple(name, fc.string({ maxLength: 20 })), { maxLength: 3 })
  .map((list) => Object.fromEntries(list))
/** A router reads 1,024 values: the head, its members, and all headers but the first. */
const MOST_HEADERS = 1021
const manyHeaders = fc
  .integer({ min: MOST_HEADERS - 2, max: MOST_HEADERS + 2 })
  .map((count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, ''])))
const PIECES = [
  '/',
  'v1',
  'models',
  '.',
  '..',
  '%2e',
  '%2F',
  '%5c',
  '%00',
  ';',
  '?',
  '#',
  '\\',
  ' ',
  'é',
  '*',
  '&',
  '=',
]
const path = fc.oneof(
  { arbitrary: fc.constantFrom('/', '/v1/models?limit=2', '/v1/chat/completions'), weight: 6 },
  fc.array(fc.constantFrom(...PIECES)).map((pieces) => `/${pieces.join('')}`),
  fc.string({ unit }).map((text) => `/${text}`),
)
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'post', 'DELETE'),
  path,
  headers: fc.oneof({ arbitrary: headers, weight: 60 }, manyHeaders),
  body: bytes,
})

const part = fc.oneof(
  bytes.map((inside): SealedPart => ({ kind: 'data', bytes: inside })),
  fc.constant<SealedPart>({ kind: 'pad' }),
)
const ending = fc.oneof(
  part.map((one): SealedPart => ({ ...one, isFinal: true })),
  fc
    .tuple(fc.string(), fc.string({ unit }))
    .map(([code, message]): SealedPart => ({ kind: 'error', code, message })),
)
const response = fc.record({
  middle: fc.array(part, { maxLength: 3 }),
  ending,
  frameBytes: fc.constantFrom(undefined, 256, 1024),
})

const META = { status: 200, headers: {}, payload_id: PAYLOAD_ID, caps_hash: CAPS_HASH, t: 1 }

/** Parts with all DATA in one, since data may be cut into several frames. */
function joined(parts: readonly SealedPart[]): string[] {
  const data = parts.flatMap((one) => (one.kind === 'data' ? [one.bytes] : []))
  const others = parts
    .filter(({ kind }) => kind !== 'data')
    .map(({ isFinal: _, ...one }) => one as SealedPart)
  return written([...others, { kind: 'data', bytes: concat(...data) }])
}

export const exchangeRoundTrip = defineTarget('exchange-round-trip', 1, async () => {
  const pair = await keyPair('rsa2048')
  return {
    arbitrary: fc.record({ request, response, cuts: boundaries, way: fc.constantFrom('loop', 'stream') }),
    check: async ({ request: given, response: answer, cuts, way }) => {
      const sealed = await attempt(
        () => sealRequest(given as typeof given & { body: Bytes }, pair.publicKey, CONTEXT),
        INVALID,
        TOO_MANY,
      )
      const mayTravel =
        given.method !== 'post' &&
        isOriginForm(given.path) &&
        areHeaders(given.headers) &&
        Object.keys(given.headers).length <= MOST_HEADERS &&
        !Object.keys(given.headers).some((key) => staysOutside(key))
      hold((sealed !== undefined) === mayTravel, 'what may travel is sealed, and nothing else')
      if (sealed === undefined) return
      const opened = await openRequest(sealed.value.bytes, pair, CONTEXT)
      const { body, ...head } = opened.request
      hold(isSame(body, given.body), 'the body came out')
      hold(
        JSON.stringify(head) ===
          JSON.stringify({ method: given.method, path: given.path, headers: given.headers }),
        'the head came out',
      )
      const parts: SealedPart[] = [{ kind: 'meta', meta: META }, ...answer.middle, answer.ending]
      const chunks: Bytes[] = []
      const options = answer.frameBytes === undefined ? {} : { frameBytes: answer.frameBytes }
      for await (const chunk of opened.sealParts([parts], options)) chunks.push(chunk)
      const outcome = await read(sealed.value, cutAt(concat(...chunks), cuts), way)
      hold(outcome.isWhole, 'the response is whole')
      hold(joined(outcome.parts).join() === joined(parts).join(), 'the answer came out')
    },
  }
})
