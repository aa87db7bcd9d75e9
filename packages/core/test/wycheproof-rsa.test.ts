/** Vectors of RSA-OAEP: their keys read by our PEM code, their ciphertexts opened as the key blocks of both protocols. */
import type { Bytes, KeyPair } from '@nomyo/core'
import { openRequest } from '@nomyo/core/exchange'
import { importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { expect, test } from 'vitest'
import { unwrapBytes } from '../src/keys/dropped-zeros.js'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CONTEXT } from './exchange-forge.js'
import { encode, encryptAES, fieldsOf } from './forge.js'
import { failureOf } from './pkcs8-forge.js'
import { expectRefused, expectUndecryptable, openAndParse } from './undecryptable.js'
import { readVectors, report, textIn, type Vector } from './wycheproof.js'

const FILES = ['2048', '3072', '4096'].map((bits) => `rsa_oaep_${bits}_sha256_mgf1sha256_test.json`)

/** Whether it could be the key block of an envelope: an AES key of 256 bits, without a label. */
const keepsOurRules = (vector: Vector): boolean =>
  vector.bytes('msg').length === 32 && vector.bytes('label').length === 0

/** An envelope whose key is what the vector holds, whole or as a lenient reader would cut it or fill it up. */
async function envelopeOf(vector: Vector): Promise<Bytes> {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await encryptAES(vector.bytes('msg'), nonce, utf8('{"found":true}'))
  const [ciphertext, tag] = [sealed.subarray(0, -16), sealed.subarray(-16)]
  return encode(fieldsOf({ ciphertext, nonce, tag, encryptedKey: vector.bytes('ct') }))
}

/** The ciphertext as the key block of a 2.0 request: no vector has its label. */
async function expectNoRequest(vector: Vector, pair: KeyPair): Promise<void> {
  const ct = vector.bytes('ct')
  const head = new Uint8Array(48)
  head.set(utf8('NMQ2'))
  new DataView(head.buffer).setUint16(6, ct.length)
  const request = concat(head, ct, new Uint8Array(12 + 256 + 16))
  expectUndecryptable(await failureOf(openRequest(request, pair, CONTEXT)))
}

test.for(FILES)('Wycheproof: %s', async (file, context) => {
  const counts = { valid: 0, invalid: 0, refused: 0 }
  const vectors = readVectors(file, context)
  const { keyPair } = await importPrivateKeyPem(textIn(vectors[0]!.group, 'privateKeyPem'))
  expect(keyPair.publicKey.modulusLength).toBe(vectors[0]!.group.keySize)
  for (const vector of vectors) {
    const { id, isValid } = vector
    const parameters = { name: 'RSA-OAEP', label: vector.bytes('label') }
    const message = await unwrapBytes(vector.bytes('ct'), keyPair.privateKey, parameters)
    // An engine has no HMAC key of no bytes.
    const expected = isValid && vector.bytes('msg').length > 0 ? vector.bytes('msg') : undefined
    expect(message, id).toEqual(expected)
    const isOurs = isValid && keepsOurRules(vector)
    const envelope = await envelopeOf(vector)
    if (isOurs) expect(await openAndParse(envelope, keyPair, 'response'), id).toEqual({ found: true })
    else await expectRefused(envelope, keyPair, 'response')
    await expectNoRequest(vector, keyPair)
    counts[isValid ? (isOurs ? 'valid' : 'refused') : 'invalid']++
  }
  await report(file, counts, context)
})
