/** Envelopes of protocol 1.0, keys, fingerprints, and what is refused. */
import * as core from '@nomyo/core'
import { equal, failureOf, fails, ok } from './expect.ts'
import { fromBase64, testKey, textOf, utf8, vectorsV1, type Bytes } from './fixtures.ts'
import { everywhere, type Case } from './harness.ts'
import { replace } from './replace.ts'

const TEXT = '{"text":"Grüße, 你好, שלום, 🙂"}'

type Envelope = Record<string, unknown> & { encrypted_payload: Record<string, string> }

const changed = (envelope: Bytes, change: (parsed: Envelope) => void): Bytes => {
  const parsed = JSON.parse(textOf(envelope)) as Envelope
  change(parsed)
  return utf8(JSON.stringify(parsed))
}

const flipped = (base64: string): string => (base64.startsWith('A') ? 'B' : 'A') + base64.slice(1)

/** Every way in which an envelope can be wrong that shows before its key is used, or after. */
const DAMAGE: Readonly<Record<string, (envelope: Envelope) => void>> = {
  'another version': (envelope) => void (envelope['version'] = '1.1'),
  'another algorithm': (envelope) => void (envelope['payload_algorithm'] = 'AES-128-GCM'),
  'a flipped ciphertext': ({ encrypted_payload: payload }) =>
    void (payload['ciphertext'] = flipped(payload['ciphertext']!)),
  'a flipped tag': ({ encrypted_payload: payload }) => void (payload['tag'] = flipped(payload['tag']!)),
  'a flipped key': (envelope) =>
    void (envelope['encrypted_aes_key'] = flipped(String(envelope['encrypted_aes_key']))),
  'base64 without padding': ({ encrypted_payload: payload }) =>
    void (payload['tag'] = payload['tag']!.replaceAll('=', '')),
  'base64 with a line break': ({ encrypted_payload: payload }) =>
    void (payload['nonce'] = `${payload['nonce']!.slice(0, 8)}\n${payload['nonce']!.slice(8)}`),
  'base64 in the alphabet for URLs': ({ encrypted_payload: payload }) =>
    void (payload['nonce'] = '-_-_-_-_-_-_-_-_'),
  'base64 whose last bits are not zero': ({ encrypted_payload: payload }) =>
    void (payload['tag'] = `${payload['tag']!.slice(0, 21)}B==`),
  'a nonce of 16 bytes': ({ encrypted_payload: payload }) => void (payload['nonce'] = `${'A'.repeat(22)}==`),
}

/** Plaintexts that are no JSON of ours, and that some parsers take. */
const NO_JSON = [
  '',
  '[]',
  '1',
  '{"a":1,}',
  '{"a":1}x',
  '\ufeff{"a":1}',
  '{"__proto__":{}}',
  '{"\\u005f_proto__":{}}',
]

export const coreCases: readonly Case[] = [
  everywhere('core', 'what is sealed opens, with keys of 2048, 3072 and 4096 bits', async (context) => {
    for (const name of ['rsa2048', 'rsa3072', 'rsa4096'] as const) {
      const pair = await testKey(context, name)
      const envelope = await core.seal(utf8(TEXT), pair.publicKey)
      ok(!textOf(envelope).includes('Grüße'), 'the envelope hides its plaintext')
      const { plaintext } = await core.open(envelope, pair, { kind: 'request' })
      equal(core.parsePlaintext(plaintext), JSON.parse(TEXT))
    }
  }),

  everywhere('core', 'what is sealed under a key that begins with zeros opens', async (context) => {
    const pair = await testKey(context, 'rsa2048')
    for (const zeros of [1, 2, 16, 31]) {
      const raw = new Uint8Array(32).fill(7, zeros)
      const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', true, ['encrypt'])
      const undo = replace(crypto.subtle, 'generateKey', async () => key)
      const envelope = await core.seal(utf8(TEXT), pair.publicKey).finally(undo)
      equal(textOf((await core.open(envelope, pair)).plaintext), TEXT)
    }
  }),

  everywhere('core', 'ten megabytes seal and open', async (context) => {
    const pair = await testKey(context, 'rsa2048')
    const plaintext = utf8(JSON.stringify({ text: 'x'.repeat(core.MAX_PLAINTEXT_BYTES - 20) }))
    const opened = await core.open(await core.seal(plaintext, pair.publicKey), pair)
    equal(opened.plaintext.length, plaintext.length)
    ok(
      opened.plaintext.every((byte, i) => byte === plaintext[i]),
      'every byte is the same',
    )
    await fails(core.PayloadTooLargeError, 'payload_too_large', () =>
      core.seal(new Uint8Array(core.MAX_PLAINTEXT_BYTES + 1), pair.publicKey),
    )
  }),

  everywhere('core', 'whatever is wrong with an envelope, the error is the same', async (context) => {
    const pair = await testKey(context, 'rsa2048')
    const envelope = await core.seal(utf8('{}'), pair.publicKey)
    const wrong: [string, Bytes][] = Object.entries(DAMAGE).map(([what, damage]) => [
      what,
      changed(envelope, damage),
    ])
    const { publicKey } = await testKey(context, 'rsa2048_other')
    wrong.push(['another recipient', await core.seal(utf8('{}'), publicKey)])
    wrong.push(['no JSON', utf8('<html>')], ['nothing', new Uint8Array()])
    const words = new Set<string>()
    for (const [what, bytes] of wrong) {
      const error = await fails(core.SecurityError, 'decryption_failed', () => core.open(bytes, pair))
      ok(!('cause' in error), `${what}: the error has no cause`)
      words.add(`${error.name} ${error.message} ${Object.keys(error).join()}`)
    }
    equal(words.size, 1, 'the number of different errors')
  }),

  everywhere('core', 'plaintext that is not strict JSON is refused, with the same error', async (context) => {
    const pair = await testKey(context, 'rsa2048')
    const opaque = await fails(core.SecurityError, 'decryption_failed', () => core.open(utf8('{}'), pair))
    for (const text of [...NO_JSON, `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`]) {
      const error = await fails(core.SecurityError, 'decryption_failed', () =>
        core.parsePlaintext(utf8(text)),
      )
      equal(error.message, opaque.message)
    }
    const notUtf8 = Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d)
    await fails(core.SecurityError, 'decryption_failed', () => core.parsePlaintext(notUtf8))
  }),

  everywhere('core', 'a generated key works, and cannot be exported', async () => {
    const pair = await core.generateKeyPair({ modulusLength: 2048 })
    ok(!pair.privateKey.extractable, 'the private key is not extractable')
    await failureOf(() => crypto.subtle.exportKey('pkcs8', pair.privateKey))
    await failureOf(() => crypto.subtle.exportKey('jwk', pair.privateKey))
    await fails(core.ValidationError, 'validation_failed', () => core.exportPrivateKey(pair))
    const { plaintext } = await core.open(await core.seal(utf8('{}'), pair.publicKey), pair)
    equal(textOf(plaintext), '{}')
  }),

  everywhere('core', 'a key that is generated to be exported can be, and comes back the same', async () => {
    const pair = await core.generateKeyPair({ modulusLength: 2048, exportable: true })
    const again = await core.importPrivateKey(await core.exportPrivateKey(pair))
    ok(core.isSamePublicKey(again.publicKey, pair.publicKey), 'the public key is the same')
    ok(!again.privateKey.extractable, 'the imported one is not extractable')
    const { plaintext } = await core.open(await core.seal(utf8('{}'), pair.publicKey), again)
    equal(textOf(plaintext), '{}')
  }),

  everywhere('core', 'fingerprints are those of the vectors', async (context) => {
    for (const { public_pem, fingerprint, bits } of Object.values((await vectorsV1(context)).keys)) {
      const key = await core.importPublicKey(public_pem)
      equal([key.fingerprint, key.modulusLength, key.pem], [fingerprint, bits, public_pem])
      const hex = [...fromBase64(fingerprint.slice(7))].map((byte) => byte.toString(16).padStart(2, '0'))
      equal(core.parseFingerprint(hex.join('')), fingerprint)
      equal(core.parseFingerprint(hex.join(':').toUpperCase()), fingerprint)
    }
    await fails(core.ValidationError, 'validation_failed', () => core.parseFingerprint('sha256/abc'))
  }),

  everywhere('core', 'weak keys are refused, also where the engine would take them', async () => {
    for (const [modulusLength, exponent] of [
      [1024, [1, 0, 1]],
      [2048, [3]],
    ] as const) {
      const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength }
      const publicExponent = Uint8Array.from(exponent)
      const made = await crypto.subtle
        .generateKey({ ...algorithm, publicExponent }, true, ['wrapKey', 'unwrapKey'])
        .catch(() => undefined)
      if (made === undefined) continue // this engine does not even make one
      const spki = new Uint8Array(await crypto.subtle.exportKey('spki', made.publicKey))
      await fails(core.SecurityError, 'key_refused', () => core.importPublicKey(spki))
      const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey))
      await fails(core.SecurityError, 'key_refused', () => core.importPrivateKey(pkcs8))
    }
    await fails(core.ValidationError, 'validation_failed', () =>
      core.generateKeyPair({ modulusLength: 1024 }),
    )
  }),

  everywhere(
    'core',
    'a key with bytes behind it is refused, also where the engine would take it',
    async (context) => {
      const { publicKey } = await testKey(context, 'rsa2048')
      const longer = new Uint8Array(publicKey.spki.length + 1)
      longer.set(publicKey.spki)
      await fails(core.SecurityError, 'key_refused', () => core.importPublicKey(longer))
    },
  ),
]
