/** Vectors of AES-GCM through our own sealing and opening, with each vector's key and nonce. */
import { open, seal, type Bytes } from '@nomyo/core'
import { afterEach, expect, test, vi } from 'vitest'
import { decrypt, encrypt } from '../src/exchange/gcm.js'
import { concat } from '../src/lib/bytes.js'
import { bytesOf, encode, encryptRSA, fieldsOf, type Fields } from './forge.js'
import { keyPair } from './keys.js'
import { failureOf } from './pkcs8-forge.js'
import { expectUndecryptable } from './undecryptable.js'
import { readVectors, report, type Vector } from './wycheproof.js'

const FILE = 'aes_gcm_test.json'

afterEach(() => void vi.restoreAllMocks())

/** Whether the protocols have such a message at all. */
const keepsOurRules = (vector: Vector): boolean =>
  vector.bytes('iv').length === 12 && vector.bytes('key').length === 32

/** The vector as a 1.0 envelope, which has no additional data. */
async function envelopeOf(vector: Vector): Promise<Bytes> {
  const { publicKey } = await keyPair('rsa2048')
  return encode(
    fieldsOf({
      ciphertext: vector.bytes('ct'),
      nonce: vector.bytes('iv'),
      tag: vector.bytes('tag'),
      encryptedKey: await encryptRSA(vector.bytes('key'), publicKey),
    }),
  )
}

async function importKey(vector: Vector): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', vector.bytes('key'), 'AES-GCM', true, ['encrypt', 'decrypt'])
}

/** As `open` and `seal` of protocol 1.0 do it. */
async function expectEnvelope(vector: Vector): Promise<void> {
  const { plaintext } = await open(await envelopeOf(vector), await keyPair('rsa2048'))
  expect(plaintext, vector.id).toEqual(vector.bytes('msg'))
  const key = await importKey(vector)
  vi.spyOn(crypto.subtle, 'generateKey').mockResolvedValueOnce(key as never)
  vi.spyOn(crypto, 'getRandomValues').mockImplementationOnce(((array: Uint8Array) => {
    array.set(vector.bytes('iv'))
    return array
  }) as typeof crypto.getRandomValues)
  const sealed = await seal(plaintext, (await keyPair('rsa2048')).publicKey)
  vi.restoreAllMocks()
  const { ciphertext, tag } = (JSON.parse(new TextDecoder().decode(sealed)) as Fields).encrypted_payload
  expect(bytesOf(ciphertext), vector.id).toEqual(vector.bytes('ct'))
  expect(bytesOf(tag), vector.id).toEqual(vector.bytes('tag'))
}

/** As requests and frames of protocol 2.0 are sealed and opened. */
async function expectGcm(vector: Vector): Promise<void> {
  const key = await importKey(vector)
  const parameters = { nonce: vector.bytes('iv'), aad: vector.bytes('aad') }
  const ciphertext = concat(vector.bytes('ct'), vector.bytes('tag'))
  expect(await decrypt(key, parameters, ciphertext), vector.id).toEqual(vector.bytes('msg'))
  expect(await encrypt(key, parameters, vector.bytes('msg')), vector.id).toEqual(ciphertext)
}

/** Nothing is asked of the message, which is no JSON. */
async function expectNoEnvelope(vector: Vector): Promise<void> {
  expectUndecryptable(await failureOf(open(await envelopeOf(vector), await keyPair('rsa2048'))))
}

async function expectNoGcm(vector: Vector): Promise<void> {
  const parameters = { nonce: vector.bytes('iv'), aad: vector.bytes('aad') }
  const ciphertext = concat(vector.bytes('ct'), vector.bytes('tag'))
  expectUndecryptable(await failureOf(decrypt(await importKey(vector), parameters, ciphertext)))
}

/** Whether only our rules stand between the vector and its message. */
async function engineOpens(vector: Vector): Promise<boolean> {
  if (vector.bytes('aad').length > 0) return false
  const parameters = { name: 'AES-GCM', iv: vector.bytes('iv') }
  const ciphertext = concat(vector.bytes('ct'), vector.bytes('tag'))
  return crypto.subtle.decrypt(parameters, await importKey(vector), ciphertext).then(
    (message) => Buffer.from(message).equals(vector.bytes('msg')),
    () => false,
  )
}

test('Wycheproof: AES-GCM', async (context) => {
  const counts = { valid: 0, invalid: 0, refused: 0 }
  let opened = 0
  for (const vector of readVectors(FILE, context)) {
    const isOurs = keepsOurRules(vector)
    const hasContext = vector.bytes('aad').length > 0
    if (vector.isValid && isOurs) {
      await expectGcm(vector)
      if (!hasContext) await expectEnvelope(vector)
    }
    if (!vector.isValid) await expectNoGcm(vector)
    if (!vector.isValid || !isOurs || hasContext) {
      await expectNoEnvelope(vector)
    }
    if (vector.isValid && !isOurs && (await engineOpens(vector))) opened++
    counts[vector.isValid ? (isOurs ? 'valid' : 'refused') : 'invalid']++
  }
  // Nonces of other lengths and keys of 128 bits, at least, open everywhere but here.
  expect(opened).toBeGreaterThan(50)
  await report(FILE, counts, context)
})
