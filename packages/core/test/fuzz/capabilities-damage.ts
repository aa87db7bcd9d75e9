/** Damaged capabilities documents. */
import { encodeCapabilities, parseCapabilities } from '@nomyo/core/exchange'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { utf8, type Bytes } from '../../src/lib/bytes.js'
import { keyPair } from '../keys.js'
import { byteEdits, editBytes, isSame } from './byte-edits.js'
import { editJson, jsonEdits } from './json-edits.js'
import { isObject, readDocument } from './json-oracle.js'
import { attempt, CAPABILITIES_REFUSED, hold } from './refusal.js'
import { defineTarget } from './target.js'

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')

/** Its parts, or undefined if it must be refused. */
function expectation(document: Bytes): Readonly<Record<string, unknown>> | undefined {
  const value = readDocument(document)?.value
  if (value === undefined || !areTexts(value.versions) || !areTexts(value.paths)) return undefined
  return Array.isArray(value.keys) && value.keys.every(isObject) ? value : undefined
}

/** The bytes in the PEM of a listed key, read as sloppily as the engine does. */
function derOf(listed: unknown): Buffer {
  const pem = isObject(listed) && typeof listed.pem === 'string' ? listed.pem : ''
  return Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64')
}

async function check(document: Bytes, isGood: boolean): Promise<void> {
  const expected = expectation(document)
  const read = await attempt(() => parseCapabilities(document), CAPABILITIES_REFUSED)
  if (read === undefined) return hold(!isGood, 'a good document is read')
  hold(expected !== undefined, 'a document with something wrong is refused')
  const { versions, paths, keys, hash } = read.value
  hold(
    JSON.stringify([versions, paths]) === JSON.stringify([expected.versions, expected.paths]),
    'all texts are there',
  )
  hold(hash === createHash('sha256').update(document).digest('base64'), 'the hash is that of the document')
  hold(keys.length > 0 && keys.length <= 8, 'there are keys, and not too many')
  const listed = (expected.keys as unknown[]).map(derOf)
  hold(
    keys.every(({ publicKey }) => listed.some((der) => isSame(der, publicKey.spki))),
    'every key was listed',
  )
}

export const capabilitiesDamage = defineTarget('capabilities', 2, async () => {
  const pairs = await Promise.all([keyPair('rsa2048'), keyPair('rsa2048Other')])
  const [first, second] = pairs.map(({ publicKey }) => ({ pem: publicKey.pem, notAfter: 1_900_000_000 }))
  const paths = ['/v1/chat/completions', '/v1/files/*']
  const good = encodeCapabilities({ versions: ['1.0', '2.0'], keys: [first!, second!], paths })
  const donor = encodeCapabilities({ versions: ['3.0'], keys: [second!], paths: [] })
  const [text, other] = [good, donor].map((bytes) => new TextDecoder().decode(bytes))
  return {
    arbitrary: fc.oneof(
      byteEdits.map((edits) => ({ edits, document: editBytes(good, edits) })),
      jsonEdits.map((edits) => ({ edits, document: utf8(editJson(text!, other!, edits)) })),
    ),
    check: ({ edits, document }) => check(document, edits.length === 0),
  }
})
