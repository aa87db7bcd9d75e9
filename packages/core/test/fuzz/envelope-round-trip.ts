/** Any JSON over protocol 1.0. */
import { open, parsePlaintext, seal } from '@nomyo/core'
import fc from 'fast-check'
import { utf8 } from '../../src/lib/bytes.js'
import { keyPair } from '../keys.js'
import { isSame } from './byte-edits.js'
import { hasProto } from './json-oracle.js'
import { attempt, hold, UNDECRYPTABLE } from './refusal.js'
import { defineTarget } from './target.js'
import { unit } from './text.js'

const member = fc.tuple(fc.string({ unit }), fc.jsonValue({ stringUnit: unit }))

export const envelopeRoundTrip = defineTarget('envelope-round-trip', 2, async () => {
  const pair = await keyPair('rsa2048')
  return {
    arbitrary: fc.record({
      json: fc.array(member, { maxLength: 5 }).map((members) => JSON.stringify(Object.fromEntries(members))),
      processedAt: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
      kind: fc.constantFrom('request', 'response'),
    }),
    check: async ({ json, processedAt, kind }) => {
      const options = processedAt === undefined ? {} : { processedAt }
      const envelope = await seal(utf8(json), pair.publicKey, options)
      const opened = await open(envelope, pair, { kind })
      hold(isSame(opened.plaintext, utf8(json)), 'the same bytes came out')
      // JSON has no negative zero.
      hold(opened.processedAt === processedAt, 'the time came out')
      const parsed = await attempt(async () => parsePlaintext(opened.plaintext), UNDECRYPTABLE)
      const expected: unknown = JSON.parse(json)
      hold((parsed === undefined) === hasProto(expected), 'all JSON is read but a __proto__ key')
      hold(
        parsed === undefined || JSON.stringify(parsed.value) === JSON.stringify(expected),
        'it is the same JSON',
      )
    },
  }
})
