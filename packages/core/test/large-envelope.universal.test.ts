/** Of a large envelope the ciphertext is cut out before the JSON is read. That must make no difference. */
import { maxEnvelopeBytes, open, seal } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { decodeEnvelope } from '../src/envelope/codec.js'
import { cutOut } from '../src/envelope/cut-out.js'
import { utf8 } from '../src/lib/bytes.js'
import { base64 } from './forge.js'
import { keyPair } from './keys.js'

const LARGE = 99_999
const SIZES = [30, LARGE]
const RULES = { kind: 'response', modulusBytes: 256, maxPlaintextBytes: 1_000_000 } as const
const KEY = base64(new Uint8Array(256).fill(7))
const TAG = base64(new Uint8Array(16).fill(8))
const NONCE = base64(new Uint8Array(12).fill(9))

const sealedBytes = (size: number): Uint8Array => new Uint8Array(size).map((_, i) => (i * 7919) >> 3)

/** An envelope with `ciphertext` as it is written, quotes included, and `more` in front of all. */
const envelopeOf = (ciphertext: string, more = ''): string =>
  `{${more}"version":"1.0","algorithm":"hybrid-aes256-rsa4096","encrypted_payload":` +
  `{"ciphertext":${ciphertext},"nonce":"${NONCE}","tag":"${TAG}"},"encrypted_aes_key":"${KEY}"}`

type Case = [name: string, write: (text: string, size: number) => string]

const ACCEPTED: Case[] = [
  ['as it is sealed', (text) => envelopeOf(`"${text}"`)],
  ['with its slashes escaped', (text) => envelopeOf(`"${text.replaceAll('/', '\\/')}"`)],
  ['with a character as \\u', (text) => envelopeOf(`"\\u00${hex(text)}${text.slice(1)}"`)],
  ['behind another one of its size', (text) => envelopeOf(`"${text}"`, `"other":"${text}",`)],
  ['before another one of its size', (text) => envelopeOf(`"${text}"`).replace(/}$/, `,"other":"${text}"}`)],
  ['behind another ciphertext', (text) => envelopeOf(`"AAAA","ciphertext":"${text}"`)],
  ['beside a key of its size', (text) => envelopeOf(`"${text}"`, `"${text}":1,`)],
  ['behind much white space', (text, size) => envelopeOf(' '.repeat(size) + `"${text}"`)],
  ['beside a long number', (text, size) => envelopeOf(`"${text}"`, `"other":1.${'0'.repeat(size)},`)],
  ['beside a string with a quote', (text) => envelopeOf(`"${text}"`, `"other":"\\"${text}",`)],
]

const REFUSED: Case[] = [
  ['without padding', (text) => envelopeOf(`"${text.slice(0, -1)}"`)],
  ['with a bit behind the last byte', (text) => envelopeOf(`"${text.slice(0, -4)}AAB="`)],
  ['with a space in it', (text) => envelopeOf(`"${text.slice(0, 8)}    ${text.slice(8)}"`)],
  ['with a line feed in it', (text) => envelopeOf(`"${text.slice(0, 8)}\n${text.slice(9)}"`)],
  ['url-safe', (text) => envelopeOf(`"${text.slice(0, -4)}__-_"`)],
  ['with a character beyond ASCII', (text) => envelopeOf(`"${text.slice(0, -4)}AAÄ="`)],
  ['with a quote at its beginning', (text) => envelopeOf(`"\\"${text.slice(1)}"`)],
  ['as a key', (text) => envelopeOf(`{"${text}":1}`)],
  ['in a list', (text) => envelopeOf(`["${text}"]`)],
  ['twice, the second one not base64', (text) => envelopeOf(`"${text}","ciphertext":"?"`)],
  ['in place of the tag', (text) => envelopeOf(`"AAAA"`).replace(TAG, text)],
  ['in place of the version', (text) => envelopeOf(`"AAAA"`).replace('1.0', text)],
  ['not closed', (text) => envelopeOf(`"${text}`)],
  ['with text behind it', (text) => envelopeOf(`"${text}"AAAA`)],
  ['behind no quote', (text) => envelopeOf(`${text}"`)],
]

/** Two hexadecimal digits of the first character. */
const hex = (text: string): string => text.charCodeAt(0).toString(16)

describe.each(SIZES)('a ciphertext of %i bytes', (size) => {
  // As many as leave a padding of one, which is altered below.
  const bytes = sealedBytes(size - 1)
  const text = base64(bytes)

  it.each(ACCEPTED)('is read %s', (_, write) => {
    const parts = decodeEnvelope(utf8(write(text, size)), RULES)
    expect(parts?.ciphertext.length).toBe(bytes.length + 16)
    expect(base64(parts!.ciphertext.subarray(0, -16)) === text).toBe(true)
    expect(base64(parts!.ciphertext.subarray(-16))).toBe(TAG)
  })

  it.each(REFUSED)('is refused %s', (_, write) => {
    expect(decodeEnvelope(utf8(write(text, size)), RULES)).toBeUndefined()
  })

  it('of more bytes than are allowed is refused', () => {
    const rules = { ...RULES, maxPlaintextBytes: bytes.length - 1 }
    expect(decodeEnvelope(utf8(envelopeOf(`"${text}"`)), rules)).toBeUndefined()
    expect(
      decodeEnvelope(utf8(envelopeOf(`"${text}"`)), { ...rules, maxPlaintextBytes: bytes.length }),
    ).toBeDefined()
  })
})

describe('cutting out', () => {
  it('happens to what is sealed, once it is large', async () => {
    const recipient = await keyPair('rsa2048')
    const plaintext = sealedBytes(LARGE)
    const envelope = await seal(plaintext, recipient.publicKey)
    const { rest, mark, bytes } = cutOut(envelope, 16)!
    expect(rest.length).toBeLessThan(1500)
    expect(new TextDecoder().decode(rest).split(`"${mark}"`).length).toBe(2)
    expect(bytes.length).toBe(LARGE + 16)
    expect(base64((await open(envelope, recipient)).plaintext) === base64(plaintext)).toBe(true)
    expect(cutOut(await seal(plaintext.subarray(0, 1000), recipient.publicKey), 16)).toBeUndefined()
  })

  it('leaves another mark every time', async () => {
    const envelope = utf8(envelopeOf(`"${base64(sealedBytes(LARGE))}"`))
    expect(cutOut(envelope, 16)!.mark).not.toBe(cutOut(envelope, 16)!.mark)
  })

  it('is given up among many quotes', () => {
    const quotes = '"'.repeat(maxEnvelopeBytes(RULES.maxPlaintextBytes) - 1)
    const start = performance.now()
    expect(decodeEnvelope(utf8(quotes), RULES)).toBeUndefined()
    expect(cutOut(utf8(quotes.slice(0, -LARGE) + base64(sealedBytes(LARGE))), 16)).toBeUndefined()
    // A step for each of them would take a thousand times as long.
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
