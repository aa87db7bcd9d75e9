/** The bytes of `private_key.pem`: PKCS#8 (RFC 5958) as PEM (RFC 7468), read also as PKCS#1 (RFC 8017). */
import { Buffer } from 'node:buffer'
import { createPrivateKey } from 'node:crypto'
import { importPrivateKey, NomyoError, subtle, type KeyPair } from '@nomyo/core'
import { unreadable } from './files.js'
import { pemBytes } from './pem-bytes.js'

const ENCRYPTED = ['-----BEGIN ENCRYPTED PRIVATE KEY-----', 'Proc-Type: 4,ENCRYPTED']

/** What a private key file holds. The caller owns the bytes and should overwrite them. */
export function encodePrivateKey(pkcs8: Uint8Array): Uint8Array {
  return pemBytes('PRIVATE KEY', pkcs8)
}

/**
 * The key pair in the bytes of a private key file; `path` is for messages.
 * @throws KeyStoreError `unreadable`, with nothing of the file's content in it.
 */
export async function decodePrivateKey(pem: Uint8Array, path: string): Promise<KeyPair> {
  const pkcs8 = pkcs8OfPem(pem, path)
  try {
    const pair = await importPrivateKey(pkcs8)
    await assertWorking(pair)
    return pair
  } catch (error) {
    const reason = NomyoError.isInstance(error) ? error.message : 'its numbers do not belong together'
    throw unreadable(path, reason.replace(/\.$/, ''))
  } finally {
    pkcs8.fill(0)
  }
}

function pkcs8OfPem(pem: Uint8Array, path: string): Uint8Array {
  const key = Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength)
  if (key.length === 0) throw unreadable(path, 'it is empty')
  if (ENCRYPTED.some((mark) => key.includes(mark))) {
    throw unreadable(path, 'it is encrypted, and this store opens unencrypted keys only')
  }
  try {
    return createPrivateKey({ key, format: 'pem' }).export({ type: 'pkcs8', format: 'der' })
  } catch {
    // OpenSSL's words help nobody; it is not said which byte is wrong in a secret.
    throw unreadable(path, 'it is damaged, or not the PEM of a private key')
  }
}

/**
 * Engines import keys whose numbers do not belong together; those fail only when an answer is opened. What an
 * engine can do without, such as the private exponent beside the primes, is not noticed.
 */
async function assertWorking({ publicKey, privateKey }: KeyPair): Promise<void> {
  const algorithm = { name: 'AES-GCM', length: 256 }
  const key = await subtle().generateKey(algorithm, true, ['encrypt'])
  const wrapped = await subtle().wrapKey('raw', key, publicKey.key, 'RSA-OAEP')
  await subtle().unwrapKey('raw', wrapped, privateKey, 'RSA-OAEP', algorithm, false, ['encrypt'])
}
