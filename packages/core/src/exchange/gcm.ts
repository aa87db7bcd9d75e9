/** AES-256-GCM with a tag of 128 bits, as both directions use it. */
import { undecryptable } from '../envelope/failure.js'
import type { Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { TAG_BYTES } from './wire.js'

/** What identifies one use of a key. */
export interface GcmParameters {
  readonly nonce: Bytes
  readonly aad: Bytes
}

/** The algorithm parameters of one operation. */
export function gcm({ nonce, aad }: GcmParameters): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: aad, tagLength: TAG_BYTES * 8 }
}

/** The ciphertext with its tag behind it. */
export async function encrypt(key: CryptoKey, parameters: GcmParameters, plaintext: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle().encrypt(gcm(parameters), key, plaintext))
}

/** @throws SecurityError `decryption_failed`, without a cause. */
export async function decrypt(key: CryptoKey, parameters: GcmParameters, ciphertext: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await subtle().decrypt(gcm(parameters), key, ciphertext))
  } catch {
    throw undecryptable()
  }
}
