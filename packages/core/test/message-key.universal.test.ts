/** The message key: never raw in JavaScript memory, never used twice, replaced by a random one on failure. */
import { open, seal } from '@nomyo/core'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { bytesOf, encode, fieldsOf, flip, forgeParts, type Fields } from './forge.js'
import { keyPair } from './keys.js'
import { expectRefused } from './undecryptable.js'

const PLAINTEXT = utf8('{"prompt":"marker-prompt-4c1f09"}')

afterEach(() => {
  vi.restoreAllMocks()
})

function spyOnSubtle() {
  const { subtle } = crypto
  return {
    exportKey: vi.spyOn(subtle, 'exportKey'),
    importKey: vi.spyOn(subtle, 'importKey'),
    generateKey: vi.spyOn(subtle, 'generateKey'),
    wrapKey: vi.spyOn(subtle, 'wrapKey'),
    unwrapKey: vi.spyOn(subtle, 'unwrapKey'),
    encrypt: vi.spyOn(subtle, 'encrypt'),
    decrypt: vi.spyOn(subtle, 'decrypt'),
  }
}

describe('sealing', () => {
  it('makes the key with generateKey, wraps it with wrapKey and never exports it', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const spies = spyOnSubtle()
    await seal(PLAINTEXT, publicKey)
    expect(spies.exportKey).not.toHaveBeenCalled()
    expect(spies.importKey).not.toHaveBeenCalled()
    expect(spies.generateKey).toHaveBeenCalledExactlyOnceWith({ name: 'AES-GCM', length: 256 }, true, [
      'encrypt',
    ])
    const key: unknown = await spies.generateKey.mock.results[0]!.value
    expect(spies.wrapKey).toHaveBeenCalledExactlyOnceWith('raw', key, publicKey.key, { name: 'RSA-OAEP' })
    expect(spies.encrypt).toHaveBeenCalledOnce()
    expect(spies.encrypt.mock.calls[0]![1]).toBe(key)
    expect(spies.encrypt.mock.calls[0]![0]).toMatchObject({ name: 'AES-GCM', tagLength: 128 })
  })

  it('takes 12 bytes of nonce from getRandomValues, others every time', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const random = vi.spyOn(crypto, 'getRandomValues')
    const nonces = new Set<string>()
    const keys = new Set<string>()
    const rounds = 32
    for (let i = 0; i < rounds; i++) {
      const fields = JSON.parse(new TextDecoder().decode(await seal(PLAINTEXT, publicKey))) as Fields
      const drawn = random.mock.results[i]!.value as Uint8Array
      expect(bytesOf(fields.encrypted_payload.nonce)).toEqual(new Uint8Array(drawn))
      expect(drawn.length).toBe(12)
      nonces.add(String(fields.encrypted_payload.nonce))
      keys.add(String(fields.encrypted_aes_key))
    }
    expect(random).toHaveBeenCalledTimes(rounds)
    expect(nonces.size).toBe(rounds)
    expect(keys.size).toBe(rounds)
  })

  it('makes another key every time', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const { generateKey } = spyOnSubtle()
    await seal(PLAINTEXT, publicKey)
    await seal(PLAINTEXT, publicKey)
    const [first, second] = await Promise.all(
      generateKey.mock.results.map(async (result) => {
        const key = (await result.value) as CryptoKey
        return new Uint8Array(await crypto.subtle.exportKey('raw', key)).toString()
      }),
    )
    expect(first).not.toBe(second)
  })
})

describe('opening', () => {
  let decoy: CryptoKey

  beforeAll(async () => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(PLAINTEXT, recipient.publicKey)
    const { generateKey } = spyOnSubtle()
    await open(envelope, recipient)
    await open(envelope, recipient)
    // The first time, whether or not it is needed.
    expect(generateKey).toHaveBeenCalledExactlyOnceWith({ name: 'AES-GCM', length: 256 }, false, ['decrypt'])
    decoy = (await generateKey.mock.results[0]!.value) as CryptoKey
    vi.restoreAllMocks()
  })

  it('unwraps with unwrapKey into a key that cannot be exported', async () => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(PLAINTEXT, recipient.publicKey)
    const spies = spyOnSubtle()
    await open(envelope, recipient)
    expect(spies.exportKey).not.toHaveBeenCalled()
    expect(spies.importKey).not.toHaveBeenCalled()
    expect(spies.unwrapKey).toHaveBeenCalledOnce()
    const [format, , unwrapping, , , extractable, usages] = spies.unwrapKey.mock.calls[0]!
    expect([format, unwrapping, extractable, usages]).toEqual([
      'raw',
      recipient.privateKey,
      false,
      ['decrypt'],
    ])
    expect(spies.decrypt).toHaveBeenCalledOnce()
    const key = spies.decrypt.mock.calls[0]![1]
    expect(key).toBe(await spies.unwrapKey.mock.results[0]!.value)
    expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 256 } })
  })

  it('a key that does not unwrap and a tag that is wrong both end in decrypt', async () => {
    const recipient = await keyPair('rsa2048')
    const parts = await forgeParts(PLAINTEXT, recipient.publicKey)
    // The first failure of all also finds out what this engine does with zeros.
    await expectRefused(
      encode(fieldsOf({ ...parts, encryptedKey: flip(parts.encryptedKey, 64) })),
      recipient,
      'request',
    )
    const { generateKey, unwrapKey, decrypt } = spyOnSubtle()
    const altered = [
      { ...parts, encryptedKey: flip(parts.encryptedKey, 128) },
      { ...parts, tag: flip(parts.tag, 0) },
    ]
    for (const forged of altered) await expectRefused(encode(fieldsOf(forged)), recipient, 'request')
    expect([generateKey, unwrapKey, decrypt].map((spy) => spy.mock.calls.length)).toEqual([0, 2, 2])
    expect(decrypt.mock.calls[0]![1]).toBe(decoy)
    expect(decrypt.mock.calls[1]![1]).not.toBe(decoy)
    for (const [, key] of decrypt.mock.calls) {
      expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 256 } })
    }
  })

  it.each([16, 24])(
    'a key of %i bytes that unwraps is replaced by a random one of 256 bits',
    async (aesKeyBytes) => {
      const recipient = await keyPair('rsa2048')
      const parts = await forgeParts(PLAINTEXT, recipient.publicKey, { aesKeyBytes })
      const { decrypt } = spyOnSubtle()
      await expectRefused(encode(fieldsOf(parts)), recipient, 'request')
      expect(decrypt).toHaveBeenCalledOnce()
      expect(decrypt.mock.calls[0]![1]).toBe(decoy)
      expect(decrypt.mock.calls[0]![1].algorithm).toMatchObject({ length: 256 })
    },
  )

  it('the tag is always of 128 bits', async () => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(PLAINTEXT, recipient.publicKey)
    const { decrypt } = spyOnSubtle()
    await open(envelope, recipient)
    expect(decrypt.mock.calls[0]![0]).toMatchObject({ name: 'AES-GCM', tagLength: 128 })
  })
})
