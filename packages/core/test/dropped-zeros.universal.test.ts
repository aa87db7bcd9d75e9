/** Engines whose RSA-OAEP drops the zero bytes at the beginning of a message, as WebKitGTK 2.50 does. */
import { generateKeyPair, open, type KeyPair } from '@nomyo/core'
import { openRequest } from '@nomyo/core/exchange'
import { exportPrivateKeyPem, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { CONTEXT } from './exchange-forge.js'
import { encode, fieldsOf, flip, forgeParts } from './forge.js'
import { keyPair } from './keys.js'
import { expectRefused, expectUndecryptable } from './undecryptable.js'
import { PLAINTEXT, REQUEST, requestUnder, sealedUnder, ZEROS } from './zeros.js'

let restore: () => void
let recipient: KeyPair
beforeAll(async () => {
  recipient = await keyPair('rsa2048')
  restore = dropZeros()
})
afterAll(() => restore())

/** What WebKitGTK's unwrapKey does with RSA-OAEP. */
function dropZeros(): () => void {
  const real = crypto.subtle.unwrapKey.bind(crypto.subtle)
  const spy = vi.spyOn(crypto.subtle, 'unwrapKey').mockImplementation((async (
    ...[format, wrapped, key, unwrapping, wanted, extractable, usages]: Parameters<SubtleCrypto['unwrapKey']>
  ) => {
    const block = { name: 'HMAC', hash: 'SHA-256' }
    const unwrapped = await real(format, wrapped, key, unwrapping, block, true, ['sign'])
    const bytes = new Uint8Array(await crypto.subtle.exportKey('raw', unwrapped))
    const rest = bytes.slice(bytes.findIndex((byte) => byte !== 0))
    return crypto.subtle.importKey('raw', rest, wanted, extractable, usages)
  }) as typeof crypto.subtle.unwrapKey)
  return () => spy.mockRestore()
}

it.each(ZEROS)('an envelope whose key begins with %i of them opens', async (zeros) => {
  expect((await open(await sealedUnder(zeros, recipient), recipient)).plaintext).toEqual(PLAINTEXT)
})

it.each(ZEROS)('a request whose keys begin with %i of them opens', async (zeros) => {
  const { request } = await openRequest(await requestUnder(zeros, recipient), recipient, CONTEXT)
  expect(request).toEqual(REQUEST)
})

it('what does not unwrap, and keys that are too long, are refused as ever', async () => {
  const parts = await forgeParts(PLAINTEXT, recipient.publicKey)
  const altered = { ...parts, encryptedKey: flip(parts.encryptedKey, 128) }
  await expectRefused(encode(fieldsOf(altered)), recipient, 'request')
  const longer = await forgeParts(PLAINTEXT, recipient.publicKey, { aesKeyBytes: 33 })
  await expectRefused(encode(fieldsOf(longer)), recipient, 'request')
  const bytes = await requestUnder(1, recipient)
  bytes[200]! ^= 1
  expectUndecryptable(await openRequest(bytes, recipient, CONTEXT).catch((error: unknown) => error))
})

it('keys are found to be working, whatever is random', async () => {
  const random = vi.spyOn(crypto.subtle, 'generateKey')
  const generated = await generateKeyPair({ modulusLength: 2048, exportable: true })
  const pem = await exportPrivateKeyPem(generated)
  random.mockClear()
  expect((await importPrivateKeyPem(pem)).keyPair.publicKey.fingerprint).toBe(generated.publicKey.fingerprint)
  expect(random).not.toHaveBeenCalled()
  random.mockRestore()
})
