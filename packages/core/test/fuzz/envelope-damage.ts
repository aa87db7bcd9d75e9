/** Damaged envelopes of protocol 1.0. */
import { open, seal, type EnvelopeKind, type KeyPair } from '@nomyo/core'
import fc from 'fast-check'
import { utf8 } from '../../src/lib/bytes.js'
import { keyPair } from '../keys.js'
import { byteEdits, editBytes, isSame } from './byte-edits.js'
import { editJson, jsonEdits } from './json-edits.js'
import { isObject, readDocument, type Document } from './json-oracle.js'
import { attempt, hold, UNDECRYPTABLE } from './refusal.js'
import { defineTarget, type Target } from './target.js'

const PLAINTEXTS = ['{"prompt":"the first"}', '{"prompt":"and another"}'] as const
const kinds = fc.constantFrom<EnvelopeKind>('request', 'response')
const which = fc.constantFrom(0, 1)

/** Two envelopes for us, and one for somebody else. */
interface Envelopes {
  readonly pair: KeyPair
  readonly ours: readonly string[]
  readonly foreign: string
}

async function makeEnvelopes(): Promise<Envelopes> {
  const pair = await keyPair('rsa2048')
  const text = async (plaintext: string, { publicKey }: KeyPair): Promise<string> =>
    new TextDecoder().decode(await seal(utf8(plaintext), publicKey, { processedAt: 1_767_225_600 }))
  const ours = await Promise.all(PLAINTEXTS.map((plaintext) => text(plaintext, pair)))
  return { pair, ours, foreign: await text(PLAINTEXTS[0], await keyPair('rsa2048Other')) }
}

const BINARY = ['ciphertext', 'nonce', 'tag'] as const

/** Which of our two plaintexts the fields of a document give; undefined if they must be refused. */
function expectation({ value }: Document, kind: EnvelopeKind, ours: readonly string[]): string | undefined {
  const payload = value.encrypted_payload
  if (value.version !== '1.0' || value.algorithm !== 'hybrid-aes256-rsa4096' || !isObject(payload))
    return undefined
  const mayLack = kind === 'response'
  const isRight = (field: string, right: string): boolean =>
    Object.hasOwn(value, field) ? value[field] === right : mayLack
  if (!isRight('key_algorithm', 'RSA-OAEP-SHA256') || !isRight('payload_algorithm', 'AES-256-GCM'))
    return undefined
  const time = value.processed_at
  if (Object.hasOwn(value, 'processed_at') && !(typeof time === 'number' && Math.abs(time) < Infinity))
    return undefined
  const found = ours.findIndex((text) => {
    const { encrypted_payload: right, encrypted_aes_key: key } = JSON.parse(text) as {
      encrypted_payload: Record<string, string>
      encrypted_aes_key: string
    }
    return value.encrypted_aes_key === key && BINARY.every((field) => payload[field] === right[field])
  })
  return PLAINTEXTS[found as 0 | 1 | -1 as 0]
}

async function check(envelope: Uint8Array, kind: EnvelopeKind, { pair, ours }: Envelopes): Promise<void> {
  const document = readDocument(envelope)
  const expected = document && expectation(document, kind, ours)
  const opened = await attempt(() => open(envelope, pair, { kind }), UNDECRYPTABLE)
  if (opened === undefined) {
    hold(expected === undefined || document?.isPlain === false, 'an envelope with nothing wrong opens')
    return
  }
  hold(expected !== undefined, 'an envelope with something wrong is refused')
  hold(isSame(opened.value.plaintext, utf8(expected)), 'what comes out was sealed')
  hold(opened.value.processedAt === document?.value.processed_at, 'the time is that of the envelope')
}

export const envelopeFields: Target = defineTarget('envelope-fields', 3, async () => {
  const envelopes = await makeEnvelopes()
  const donors = [...envelopes.ours, envelopes.foreign]
  return {
    arbitrary: fc.record({ base: which, donor: fc.nat(2), edits: jsonEdits, kind: kinds }),
    check: ({ base, donor, edits, kind }) =>
      check(utf8(editJson(envelopes.ours[base]!, donors[donor]!, edits)), kind, envelopes),
  }
})

export const envelopeBytes: Target = defineTarget('envelope-bytes', 2, async () => {
  const envelopes = await makeEnvelopes()
  return {
    arbitrary: fc.record({ base: which, edits: byteEdits, kind: kinds }),
    check: ({ base, edits, kind }) => check(editBytes(utf8(envelopes.ours[base]!), edits), kind, envelopes),
  }
})
