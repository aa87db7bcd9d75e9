/** Envelopes fixed to the byte by another implementation, in another language. */
import { open, parsePlaintext, SecurityError } from '@nomyo/core'
import { equal, fails, ok } from './expect.ts'
import { fromBase64, testKey, textOf, utf8, vectorsV1, type KeyName, type Vector } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'

const bytesOf = ({ envelope, envelope_base64 }: Vector): Uint8Array =>
  envelope === undefined ? fromBase64(envelope_base64!) : utf8(envelope)

export const vectorCases: readonly Case[] = [
  everywhere('vectors', 'every valid envelope of protocol 1.0 opens to its plaintext', async (context) => {
    const { valid } = await vectorsV1(context)
    ok(valid.length >= 30, 'there are at least 30 of them')
    for (const vector of valid) {
      const pair = await testKey(context, vector.key as KeyName)
      const { plaintext } = await open(bytesOf(vector), pair, { kind: vector.kind })
      equal(textOf(plaintext), vector.plaintext, vector.id)
      parsePlaintext(plaintext)
    }
  }),

  everywhere(
    'vectors',
    'every invalid envelope of protocol 1.0 is refused, with one error',
    async (context) => {
      const { invalid } = await vectorsV1(context)
      ok(invalid.length >= 400, 'there are at least 400 of them')
      const pair = await testKey(context, 'rsa2048')
      const words = new Set<string>()
      for (const vector of invalid) {
        equal(vector.key, 'rsa2048', vector.id)
        const error = await fails(SecurityError, 'decryption_failed', async () =>
          parsePlaintext((await open(bytesOf(vector), pair, { kind: vector.kind })).plaintext),
        )
        words.add(error.message)
      }
      equal(words.size, 1, 'the number of different errors')
    },
  ),
]
