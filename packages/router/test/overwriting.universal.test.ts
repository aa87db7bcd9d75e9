import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { failureOf, peerOf, QUESTION, twoKeyPairs } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)
afterEach(() => {
  vi.restoreAllMocks()
})

/** What the engine decrypts and encrypts. */
function watchPlaintexts(): { decrypted: Watched[]; encrypted: Watched[] } {
  const decrypted: Watched[] = []
  const encrypted: Watched[] = []
  const { subtle } = crypto
  const decrypt = subtle.decrypt.bind(subtle)
  const encrypt = subtle.encrypt.bind(subtle)
  vi.spyOn(subtle, 'decrypt').mockImplementation(async (...parameters) => {
    const plaintext = await decrypt(...parameters)
    decrypted.push({ bytes: new Uint8Array(plaintext), text: new TextDecoder().decode(plaintext) })
    return plaintext
  })
  vi.spyOn(subtle, 'encrypt').mockImplementation((...parameters) => {
    const plaintext = parameters[2] as Uint8Array
    encrypted.push({ bytes: plaintext, text: new TextDecoder().decode(plaintext) })
    return encrypt(...parameters)
  })
  return { decrypted, encrypted }
}

interface Watched {
  /** As they are later. */
  readonly bytes: Uint8Array
  /** As they were. */
  readonly text: string
}

function expectOverwritten([plaintext, ...others]: Watched[], text: string): void {
  expect(others).toEqual([])
  expect(plaintext!.text).toContain(text)
  expect(plaintext!.bytes.every((byte) => byte === 0)).toBe(true)
}

test('the opened request and the answer are overwritten', async () => {
  const peer = peerOf(keys)
  const request = await peer.request()
  const { decrypted, encrypted } = watchPlaintexts()
  expect((await peer.router(request)).status).toBe(200)
  expectOverwritten(decrypted, 'Hello')
  expectOverwritten(encrypted, 'embedded responder')
})

test('an opened request that is no JSON is overwritten', async () => {
  const peer = peerOf(keys)
  const request = await peer.request({ payload: `${JSON.stringify(QUESTION)}?` })
  const { decrypted } = watchPlaintexts()
  expect(await failureOf(await peer.router(request))).toMatchObject({ status: 400 })
  expectOverwritten(decrypted, 'Hello')
})
