/** Keys that begin with zero bytes, in whatever engine this is. */
import { open, type Bytes, type KeyPair } from '@nomyo/core'
import { openRequest } from '@nomyo/core/exchange'
import { expect, it } from 'vitest'
import { CONTEXT } from './exchange-forge.js'
import { base64, encode, type Fields } from './forge.js'
import { keyPair } from './keys.js'
import { expectRefused } from './undecryptable.js'
import { beginningWith, PLAINTEXT, REQUEST, requestUnder, sealedUnder, ZEROS } from './zeros.js'

it.each(ZEROS)('an envelope whose key begins with %i of them opens', async (zeros) => {
  const recipient = await keyPair('rsa2048')
  expect((await open(await sealedUnder(zeros, recipient), recipient)).plaintext).toEqual(PLAINTEXT)
})

it.each(ZEROS)('a request whose keys begin with %i of them opens', async (zeros) => {
  const recipient = await keyPair('rsa2048')
  const { request } = await openRequest(await requestUnder(zeros, recipient), recipient, CONTEXT)
  expect(request).toEqual(REQUEST)
})

/** An envelope that opens only for those who put zeros before a key that is too short. */
async function sealedShort(zeros: number, recipient: KeyPair): Promise<Bytes> {
  const fields = JSON.parse(new TextDecoder().decode(await sealedUnder(zeros, recipient))) as Fields
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('spki', recipient.publicKey.spki, algorithm, false, ['encrypt'])
  const short = beginningWith(zeros, 32).slice(zeros)
  fields.encrypted_aes_key = base64(new Uint8Array(await crypto.subtle.encrypt(algorithm, key, short)))
  return encode(fields)
}

it.each(ZEROS.slice(1))('a key from which %i zeros are missing is refused', async (zeros) => {
  const recipient = await keyPair('rsa2048')
  for (const kind of ['request', 'response'] as const) {
    await expectRefused(await sealedShort(zeros, recipient), recipient, kind)
  }
})
