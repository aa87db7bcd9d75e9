/**
 * Makes envelopes as an attacker would: every part can be made wrong. Where a lenient reader would have got
 * the right plaintext, the envelope is made so that he does, so that only the check under test refuses it.
 */
import type { Bytes, PublicKey } from '@nomyo/core'
import { utf8 } from '../src/lib/bytes.js'

/** How an envelope is forged; everything left out is right. */
export interface Recipe {
  /** Bytes of the AES key. */
  readonly aesKeyBytes?: number
  /** Bytes of the nonce. */
  readonly nonceBytes?: number
  /** The hash of OAEP. */
  readonly hash?: 'SHA-1' | 'SHA-256'
}

/** The binary parts of an envelope. */
export interface Parts {
  ciphertext: Uint8Array
  nonce: Uint8Array
  tag: Uint8Array
  encryptedKey: Uint8Array
}

/** An envelope as an object that can still be changed. */
export interface Fields {
  [field: string]: unknown
  encrypted_payload: Record<string, unknown>
}

export async function forgeParts(
  plaintext: Uint8Array,
  recipient: PublicKey,
  recipe: Recipe = {},
): Promise<Parts> {
  const raw = crypto.getRandomValues(new Uint8Array(recipe.aesKeyBytes ?? 32))
  const nonce = crypto.getRandomValues(new Uint8Array(recipe.nonceBytes ?? 12))
  const sealed = await encryptAES(raw, nonce, plaintext)
  return {
    ciphertext: sealed.subarray(0, -16),
    nonce,
    tag: sealed.subarray(-16),
    encryptedKey: await encryptRSA(raw, recipient, recipe.hash ?? 'SHA-256'),
  }
}

/** The envelope with these parts, and every other field right. */
export function fieldsOf(parts: Parts): Fields {
  return {
    version: '1.0',
    algorithm: 'hybrid-aes256-rsa4096',
    encrypted_payload: {
      ciphertext: base64(parts.ciphertext),
      nonce: base64(parts.nonce),
      tag: base64(parts.tag),
    },
    encrypted_aes_key: base64(parts.encryptedKey),
    key_algorithm: 'RSA-OAEP-SHA256',
    payload_algorithm: 'AES-256-GCM',
    processed_at: 1767225600,
  }
}

export function encode(value: unknown): Bytes {
  return utf8(JSON.stringify(value))
}

/** The engine's own base64, not ours. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export function bytesOf(text: unknown): Bytes {
  return Uint8Array.from(atob(String(text)), (char) => char.charCodeAt(0))
}

/** A copy of `bytes` with one bit flipped. */
export function flip(bytes: Uint8Array, index: number, bit = index % 8): Bytes {
  const copy = new Uint8Array(bytes)
  copy[index]! ^= 1 << bit
  return copy
}

/** A copy with `size` bytes: cut, or filled up with zeros. */
export function resize(bytes: Uint8Array, size: number): Bytes {
  const copy = new Uint8Array(size)
  copy.set(bytes.subarray(0, size))
  return copy
}

/** The ciphertext with its tag, under the key that a reader takes who cuts a wrong one or fills it up. */
export async function encryptAES(raw: Bytes, nonce: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const key = await importAES(raw)
  // Node encrypts under no shorter nonce: one filled up with zeros, as a lenient reader would, stands for it.
  const iv = nonce.length < 12 ? resize(nonce, 12) : nonce
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(plaintext)))
}

/** The key itself, or what a reader that cuts or fills up would take for it (Chromium has no AES-192). */
function importAES(raw: Bytes): Promise<CryptoKey> {
  const bytes = [16, 24].includes(raw.length) ? raw : resize(raw, 32)
  return crypto.subtle
    .importKey('raw', bytes, 'AES-GCM', false, ['encrypt'])
    .catch(() => crypto.subtle.importKey('raw', resize(raw, 32), 'AES-GCM', false, ['encrypt']))
}

/** RSA-OAEP without a label. */
export async function encryptRSA(raw: Bytes, recipient: PublicKey, hash: string = 'SHA-256'): Promise<Bytes> {
  const algorithm = { name: 'RSA-OAEP', hash }
  const key = await crypto.subtle.importKey('spki', recipient.spki, algorithm, false, ['encrypt'])
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, raw))
}
