/** Keys, PEM, base64 and fingerprints against OpenSSL, inside Node and beside it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import {
  decodePem,
  encodePem,
  exportPrivateKey,
  importPrivateKey,
  importPublicKey,
  open,
  seal,
} from '@nomyo/core'
import { fingerprintOf } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { fromBase64, toBase64 } from '../src/lib/base64.js'
import { PRIVATE_KEYS } from './fixtures/keys.js'
import { KEY_NAMES, keyPair, pkcs8Of } from './keys.js'

const hasOpenSSL = spawnSync('openssl', ['version']).status === 0

describe('node:crypto', () => {
  it.each(KEY_NAMES)('agrees on the public key and the fingerprint of %s', async (name) => {
    const publicKey = createPublicKey(createPrivateKey(PRIVATE_KEYS[name]))
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const ours = (await keyPair(name)).publicKey
    expect(ours.pem).toBe(publicKey.export({ type: 'spki', format: 'pem' }))
    expect(ours.fingerprint).toBe(`sha256/${createHash('sha256').update(der).digest('base64')}`)
    expect(await fingerprintOf(der)).toBe(ours.fingerprint)
    expect((await importPublicKey(der)).fingerprint).toBe(ours.fingerprint)
  })

  it.each(KEY_NAMES)('reads the private key that we export (%s)', async (name) => {
    const pair = await importPrivateKey(pkcs8Of(name), { exportable: true })
    const pem = encodePem('PRIVATE KEY', await exportPrivateKey(pair))
    expect(createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' })).toBe(PRIVATE_KEYS[name])
  })

  it('generates keys that we read', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pair = await importPrivateKey(privateKey.export({ type: 'pkcs8', format: 'der' }))
    expect(pair.publicKey.pem).toBe(publicKey.export({ type: 'spki', format: 'pem' }))
  })

  it('generates keys with e = 3 or of 1024 bits if it is asked to, and we refuse them', async () => {
    for (const options of [{ modulusLength: 1024 }, { modulusLength: 2048, publicExponent: 3 }]) {
      const { publicKey } = generateKeyPairSync('rsa', options)
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      await expect(importPublicKey(pem)).rejects.toMatchObject({ code: 'key_refused' })
    }
  })

  it('Buffer agrees on base64 for every length from 0 to 300', () => {
    for (let size = 0; size <= 300; size++) {
      const bytes = crypto.getRandomValues(Buffer.alloc(size))
      expect(toBase64(bytes)).toBe(bytes.toString('base64'))
      expect(Buffer.from(fromBase64(bytes.toString('base64'))!).equals(bytes)).toBe(true)
    }
  })

  it('a Buffer out of the pool is sealed and opened as its own bytes', async () => {
    const recipient = await keyPair('rsa2048')
    const plaintext = Buffer.from('{"x":"a small Buffer shares its memory"}')
    const envelope = Buffer.from(await seal(plaintext, recipient.publicKey))
    expect(Buffer.from((await open(envelope, recipient)).plaintext).equals(plaintext)).toBe(true)
  })
})

describe('openssl', () => {
  function openssl(args: string[], input = ''): string {
    return execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
  }

  it('genpkey makes keys that we read, and reads those that we write', async (context) => {
    if (!hasOpenSSL) context.skip('openssl is not installed')
    const pem = openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'])
    const pair = await importPrivateKey(decodePem(pem)!.der, { exportable: true })
    expect(pair.publicKey.pem).toBe(openssl(['pkey', '-pubout'], pem))
    const written = encodePem('PRIVATE KEY', await exportPrivateKey(pair))
    expect(openssl(['pkey'], written)).toBe(pem)
    expect(openssl(['pkey', '-check', '-noout'], written)).toContain('Key is valid')
  })

  it('reads the public key that we write', async (context) => {
    if (!hasOpenSSL) context.skip('openssl is not installed')
    const { pem } = (await keyPair('rsa4096')).publicKey
    expect(openssl(['pkey', '-pubin', '-pubout'], pem)).toBe(pem)
    expect(openssl(['pkey', '-pubin', '-text', '-noout'], pem)).toContain('Public-Key: (4096 bit)')
  })
})
