import { isBelowModulus } from '../keys/below-modulus.js'
import { unwrapDropped } from '../keys/dropped-zeros.js'
import type { KeyPair } from '../keys/key-pair.js'
import type { Bytes } from '../lib/bytes.js'
import { giveBack } from '../lib/give-back.js'
import { subtle } from '../lib/subtle.js'
import { decodeEnvelope, type EnvelopeKind, type EnvelopeParts } from './codec.js'
import { undecryptable } from './failure.js'
import { AES_KEY_BITS, MAX_PLAINTEXT_BYTES, TAG_BYTES } from './wire.js'

/** What is expected of an envelope. */
export interface OpenOptions {
  /** Which message it is: a response (the default) may leave out `key_algorithm` and `payload_algorithm`. */
  readonly kind?: EnvelopeKind
  /** The most bytes of plaintext: 10 MiB by default. */
  readonly maxPlaintextBytes?: number
}

/** What an envelope held. */
export interface OpenedEnvelope {
  /** UTF-8 JSON, not parsed yet: see `parsePlaintext`. The caller owns it and should overwrite it. */
  readonly plaintext: Bytes
  /** When the router made the response, in seconds since 1970, if it says so. Not authenticated. */
  readonly processedAt?: number
}

const GCM = { name: 'AES-GCM', length: AES_KEY_BITS } as const
const OAEP = { name: 'RSA-OAEP' } as const

/**
 * Opens a 1.0 envelope (UTF-8 JSON bytes). Its version, algorithms, field types, canonical base64, sizes
 * and nesting are checked before any cryptography. It has been read when the promise is there.
 * @throws SecurityError `decryption_failed`: the same for every cause, without a `cause`.
 */
export async function open(
  envelope: Uint8Array,
  recipient: KeyPair,
  options: OpenOptions = {},
): Promise<OpenedEnvelope> {
  const parts = decodeEnvelope(envelope, {
    kind: options.kind ?? 'response',
    modulusBytes: Math.ceil(recipient.publicKey.modulusLength / 8),
    maxPlaintextBytes: options.maxPlaintextBytes ?? MAX_PLAINTEXT_BYTES,
  })
  if (parts === undefined || !isBelowModulus(parts.encryptedKey, recipient.publicKey.spki))
    throw undecryptable()
  // What is not needed any more, the envelope itself, is not held meanwhile.
  return openParts(parts, recipient)
}

async function openParts(parts: EnvelopeParts, recipient: KeyPair): Promise<OpenedEnvelope> {
  const key = await unwrapOrRandom(parts.encryptedKey, recipient)
  const plaintext = await decrypt(key, parts.nonce, parts.ciphertext)
  giveBack(parts.ciphertext)
  return { plaintext, ...(parts.processedAt === undefined ? {} : { processedAt: parts.processedAt }) }
}

/** Nobody knows it, and nothing is sealed with it. */
let decoy: CryptoKey | undefined

/**
 * The message key, or a random one in place of one that does not unwrap or is not of 256 bits, so that
 * every failure goes the same way and ends in the tag check (the defence of RFC 3218 section 2.3.2).
 */
async function unwrapOrRandom(encryptedKey: Bytes, recipient: KeyPair): Promise<CryptoKey> {
  // Before, and once: whether it is needed shows in no time.
  decoy ??= await subtle().generateKey(GCM, false, ['decrypt'])
  const key = await unwrap(encryptedKey, recipient.privateKey)
  return key ?? (await unwrapWithZeros(encryptedKey, recipient)) ?? decoy
}

async function unwrap(encryptedKey: Bytes, privateKey: CryptoKey): Promise<CryptoKey | undefined> {
  try {
    const key = await subtle().unwrapKey('raw', encryptedKey, privateKey, OAEP, GCM, false, ['decrypt'])
    return (key.algorithm as AesKeyAlgorithm).length === AES_KEY_BITS ? key : undefined
  } catch {
    return undefined
  }
}

/** The only way of a message key through JavaScript's memory, in an engine that would lose it otherwise. */
async function unwrapWithZeros(encryptedKey: Bytes, recipient: KeyPair): Promise<CryptoKey | undefined> {
  const raw = await unwrapDropped(encryptedKey, recipient, OAEP, AES_KEY_BITS / 8)
  if (raw === undefined) return undefined
  try {
    return await subtle().importKey('raw', raw, GCM, false, ['decrypt'])
  } finally {
    raw.fill(0)
  }
}

async function decrypt(key: CryptoKey, nonce: Bytes, ciphertext: Bytes): Promise<Bytes> {
  try {
    const parameters = { name: 'AES-GCM', iv: nonce, tagLength: TAG_BYTES * 8 }
    return new Uint8Array(await subtle().decrypt(parameters, key, ciphertext))
  } catch {
    throw undecryptable()
  }
}
