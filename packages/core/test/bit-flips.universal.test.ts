import { open } from '@nomyo/core'
import type { Bytes, EnvelopeKind, KeyPair } from '@nomyo/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { PRIVATE_KEYS } from './fixtures/keys.js'
import { encode, fieldsOf, flip, forgeParts } from './forge.js'
import type { Parts } from './forge.js'
import { keyPair, linesOfPem } from './keys.js'
import { say } from './say.js'
import { expectRefused, expectUndecryptable } from './undecryptable.js'

const PLAINTEXT = utf8('{"prompt":"marker-prompt-4c1f09","answer":"marker-answer-a7e25b"}')
const SECRETS = ['marker-prompt-4c1f09', 'marker-answer-a7e25b', ...linesOfPem(PRIVATE_KEYS.rsa2048)]
const KINDS: EnvelopeKind[] = ['request', 'response']

let recipient: KeyPair
let parts: Parts

beforeAll(async () => {
  recipient = await keyPair('rsa2048')
  parts = await forgeParts(PLAINTEXT, recipient.publicKey)
})

describe.each(KINDS)(
  'Envelope, a %s: one bit flipped in each byte of each field → the identical SE',
  (kind) => {
    it.each(['nonce', 'tag', 'ciphertext', 'encryptedKey'] as const)('%s', async (part) => {
      const bytes = parts[part]
      for (let i = 0; i < bytes.length; i++) {
        const envelope = encode(fieldsOf({ ...parts, [part]: flip(bytes, i) }))
        await expectRefused(envelope, recipient, kind, SECRETS)
      }
      expect(bytes.length).toBe({ nonce: 12, tag: 16, ciphertext: PLAINTEXT.length, encryptedKey: 256 }[part])
      say(`${kind}, ${part}: ${bytes.length} flips, all refused alike`)
    })

    /** What a flip in the text of an envelope leads to: undefined if it is refused as it must be. */
    async function openFlipped(envelope: Bytes): Promise<Bytes | undefined> {
      try {
        return (await open(envelope, recipient, { kind })).plaintext
      } catch (error) {
        expectUndecryptable(error, SECRETS)
        return undefined
      }
    }

    it('the JSON text itself: refused alike, or the same plaintext where the field says nothing', async () => {
      const envelope = encode(fieldsOf(parts))
      const opened: number[] = []
      for (let i = 0; i < envelope.length; i++) {
        const plaintext = await openFlipped(flip(envelope, i))
        if (plaintext === undefined) continue
        expect(plaintext).toEqual(PLAINTEXT)
        opened.push(i)
      }
      expect(opened.filter((i) => !mayChange(envelope, i, kind))).toEqual([])
      expect(opened.length).toBeGreaterThan(0)
      const refused = envelope.length - opened.length
      say(`${kind}, JSON text: ${envelope.length} flips, ${refused} refused alike, ${opened.length} opened`)
    })
  },
)

/** Whether a byte belongs to `processed_at`, or to the name of a field that a response may leave out. */
function mayChange(envelope: Uint8Array, index: number, kind: EnvelopeKind): boolean {
  const text = new TextDecoder().decode(envelope)
  const optional = [
    /(?<=")processed_at":\d+/,
    ...(kind === 'response' ? [/key_algorithm/, /payload_algorithm/] : []),
  ]
  return optional.some((pattern) => {
    const { index: start, 0: name } = pattern.exec(text)!
    return index >= start && index < start + name.length
  })
}
