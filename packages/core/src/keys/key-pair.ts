import { ValidationError } from '../errors.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { importPublicKey, type PublicKey } from './public-key.js'
import { MAX_MODULUS_BITS, MIN_MODULUS_BITS, PUBLIC_EXPONENT, RSA_OAEP_SHA256 } from './rsa.js'

/** An RSA key pair: what is sealed to `publicKey` opens with `privateKey`. */
export interface KeyPair {
  readonly publicKey: PublicKey
  /** RSA-OAEP with SHA-256, usage `unwrapKey`, not extractable unless asked for. */
  readonly privateKey: CryptoKey
}

/** What a private key may be used for and whether it may leave the engine. */
export interface PrivateKeyOptions {
  /** Whether the private key may be exported, for a store that writes files. Default: false. */
  readonly exportable?: boolean
}

/** How a key pair is generated. */
export interface GenerateKeyPairOptions extends PrivateKeyOptions {
  /** Bits of the modulus: 4096 by default, 2048 to 8192 in steps of 256. */
  readonly modulusLength?: number
}

/**
 * Generates an RSA key pair with e = 65537. For 4096 bits that takes between a quarter of a second and
 * ten seconds, depending on luck and engine.
 * @throws ValidationError for a size out of bounds.
 */
export async function generateKeyPair(options: GenerateKeyPairOptions = {}): Promise<KeyPair> {
  const { modulusLength = 4096, exportable = false } = options
  if (modulusLength < MIN_MODULUS_BITS || modulusLength > MAX_MODULUS_BITS || modulusLength % 256 !== 0) {
    throw new ValidationError(
      `modulusLength must be a multiple of 256 from ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits.`,
    )
  }
  const parameters = { ...RSA_OAEP_SHA256, modulusLength, publicExponent: PUBLIC_EXPONENT }
  const pair = await subtle().generateKey(parameters, exportable, ['wrapKey', 'unwrapKey'])
  const spki = await subtle().exportKey('spki', pair.publicKey)
  return { publicKey: await importPublicKey(new Uint8Array(spki)), privateKey: pair.privateKey }
}
