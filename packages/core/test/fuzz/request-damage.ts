/** Damaged requests of protocol 2.0. */
import { openRequest, sealRequest, type RequestContext } from '@nomyo/core/exchange'
import fc from 'fast-check'
import { concat, utf8, type Bytes } from '../../src/lib/bytes.js'
import { CONTEXT } from '../exchange-forge.js'
import { keyPair } from '../keys.js'
import { byteEdits, editBytes, isSame } from './byte-edits.js'
import { attempt, hold, UNDECRYPTABLE } from './refusal.js'
import { defineTarget } from './target.js'
import { unit } from './text.js'

const BODIES = ['{"prompt":"the first"}', '{"prompt":"and another"}', '{"prompt":"to another key"}']

/** Where magic, key's length, fingerprint, time, encrypted keys, nonce, ciphertext and tag end; the last from the end. */
const ENDS = [6, 8, 40, 48, 304, 316, -16] as const

/** The fields of a request. */
function split(bytes: Bytes): Bytes[] {
  return [...ENDS, bytes.length].map((end, i) => bytes.subarray(ENDS[i - 1] ?? 0, end))
}

const header = fc.oneof(
  { arbitrary: fc.constant('same' as const), weight: 6 },
  fc.constant(undefined),
  fc.constantFrom('', 'high', 'standard', `${CONTEXT.authorization} `),
  fc.string({ unit, maxLength: 12 }),
)

/** How the fields of three requests are put together: mostly of one. */
const recipe = fc.tuple(
  ...Array.from({ length: 8 }, () => fc.oneof({ arbitrary: fc.constant(0), weight: 12 }, fc.nat(2))),
)

const isSameContext = (a: RequestContext, b: RequestContext): boolean =>
  a.payloadID === b.payloadID && a.tier === b.tier && a.authorization === b.authorization

export const requestDamage = defineTarget('request', 2, async () => {
  const [pair, other] = [await keyPair('rsa2048'), await keyPair('rsa2048Other')]
  const sealed = await Promise.all(
    BODIES.map(async (body, i) => {
      const request = { method: 'POST', path: '/v1/models', headers: {}, body: utf8(body) }
      return (await sealRequest(request, (i === 2 ? other : pair).publicKey, CONTEXT)).bytes
    }),
  )
  const fields = sealed.map(split)
  return {
    arbitrary: fc.record({
      sources: recipe,
      edits: byteEdits,
      id: header,
      tier: header,
      authorization: header,
    }),
    check: async ({ sources, edits, ...headers }) => {
      const bytes = editBytes(concat(...sources.map((from, i) => fields[from]![i]!)), edits)
      const context = {
        payloadID: headers.id === 'same' ? CONTEXT.payloadID : (headers.id ?? ''),
        tier: headers.tier === 'same' ? CONTEXT.tier : headers.tier,
        authorization: headers.authorization === 'same' ? CONTEXT.authorization : headers.authorization,
      }
      const found = sealed.findIndex((one) => isSame(one, bytes))
      const mustOpen = found !== -1 && found !== 2 && isSameContext(context, CONTEXT)
      const opened = await attempt(() => openRequest(bytes, pair, context), UNDECRYPTABLE)
      hold((opened !== undefined) === mustOpen, 'a request opens if nothing was altered, and only then')
      if (opened === undefined) return
      hold(isSame(opened.value.request.body, utf8(BODIES[found]!)), 'its body is what was sealed')
    },
  }
})
