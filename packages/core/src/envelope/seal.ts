import { PayloadTooLargeError } from '../errors.js'
import type { PublicKey } from '../keys/public-key.js'
import type { Bytes } from '../lib/bytes.js'
import { giveBack } from '../lib/give-back.js'
import { subtle } from '../lib/subtle.js'
import { encodeEnvelope } from './codec.js'
import { AES_KEY_BITS, MAX_PLAINTEXT_BYTES, NONCE_BYTES, TAG_BYTES } from './wire.js'

/** How an envelope is sealed. */
export interface SealOptions {
  /** The most bytes of plaintext: 10 MiB by default. */
  readonly maxPlaintextBytes?: number
  /** For a response: when it was made, in seconds since 1970. */
  readonly processedAt?: number
}

/**
 * Seals `plaintext` (UTF-8 JSON) into a 1.0 envelope (UTF-8 JSON bytes): a fresh AES-256-GCM key and a
 * random 12-byte nonce for each call (NIST SP 800-38D), the key wrapped with RSA-OAEP-SHA-256 (RFC 8017
 * section 7.1). The AES key never lies in JavaScript memory. The caller owns `plaintext`.
 * @throws PayloadTooLargeError before anything is encrypted; TypeError for a `processedAt` that is no number.
 */
export async function seal(
  plaintext: Uint8Array,
  recipient: PublicKey,
  options: SealOptions = {},
): Promise<Bytes> {
  const limit = options.maxPlaintextBytes ?? MAX_PLAINTEXT_BYTES
  // Written so that a limit which is not a number lets nothing through.
  if (!(plaintext.length <= limit)) throw new PayloadTooLargeError(plaintext.length, limit)
  if (options.processedAt !== undefined && !Number.isFinite(options.processedAt)) {
    throw new TypeError('processedAt must be a number of seconds.')
  }
  const algorithm = { name: 'AES-GCM', length: AES_KEY_BITS }
  const key = await subtle().generateKey(algorithm, true, ['encrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const [encryptedKey, sealed] = await Promise.all([
    subtle().wrapKey('raw', key, recipient.key, { name: 'RSA-OAEP' }),
    subtle().encrypt({ name: 'AES-GCM', iv: nonce, tagLength: TAG_BYTES * 8 }, key, plaintext as Bytes),
  ])
  const ciphertext = new Uint8Array(sealed)
  const envelope = encodeEnvelope({
    encryptedKey: new Uint8Array(encryptedKey),
    nonce,
    ciphertext,
    ...(options.processedAt === undefined ? {} : { processedAt: options.processedAt }),
  })
  giveBack(ciphertext)
  return envelope
}
