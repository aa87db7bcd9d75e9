/** The constants of protocol 1.0, exactly as the NOMYO Router and its Python client write them. */

import type { JsonLimits } from '../lib/json.js'

/** The version that an envelope of protocol 1.0 names. */
export const VERSION = '1.0'
/** The name stays the same for every RSA key size. */
export const ALGORITHM = 'hybrid-aes256-rsa4096'
export const KEY_ALGORITHM = 'RSA-OAEP-SHA256'
export const PAYLOAD_ALGORITHM = 'AES-256-GCM'

/** Bits of the AES key. */
export const AES_KEY_BITS = 256
/** Bytes of the GCM nonce (NIST SP 800-38D section 5.2.1.1: the length that needs no extra hashing). */
export const NONCE_BYTES = 12
/** Bytes of the GCM tag. */
export const TAG_BYTES = 16

/** The most bytes of plaintext JSON in one envelope: 10 MiB. */
export const MAX_PLAINTEXT_BYTES: number = 10 * 1024 * 1024
/** What is read of the JSON that an envelope holds: at most 128 levels and 2,000,000 values. */
export const PLAINTEXT_JSON: JsonLimits = { maxDepth: 128, maxValues: 2_000_000 }
/** What is read of the envelope itself, which has two objects and ten members, and may have a few more. */
export const ENVELOPE_JSON: JsonLimits = { maxDepth: 8, maxValues: 64 }
/** Bytes allowed for everything in an envelope but its ciphertext. */
export const MAX_ENVELOPE_OVERHEAD: number = 16 * 1024
