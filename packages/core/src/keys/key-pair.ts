import { ValidationError } from '../errors.js'
import type { Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { importPublicKey, type PublicKey } from './public-key.js'
import {
  MAX_MODULUS_BITS,
  MIN_MODULUS_BITS,
  PUBLIC_EXPONENT,
  refused,
  RSA_OAEP_SHA256,
  spkiOfPkcs8,
} from './rsa.js'

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

/**
 * Imports an unencrypted PKCS#8 private key (DER, RFC 5958) and derives its public key. The caller owns
 * `pkcs8` and should overwrite it afterwards.
 * @throws SecurityError `key_refused`, with the reason, for anything but an RSA key of 2048 to 8192 bits
 * with e = 65537.
 */
export async function importPrivateKey(pkcs8: Uint8Array, options: PrivateKeyOptions = {}): Promise<KeyPair> {
  const publicKey = await importPublicKey(spkiOfPkcs8(pkcs8))
  return { publicKey, privateKey: await importPkcs8(pkcs8, options.exportable ?? false) }
}

/**
 * The private key as unencrypted PKCS#8 DER. The caller owns the bytes and should overwrite them after
 * use.
 * @throws ValidationError if the key was not made exportable.
 */
export async function exportPrivateKey(pair: KeyPair): Promise<Bytes> {
  if (!pair.privateKey.extractable) {
    throw new ValidationError(
      'This private key cannot be exported: it was not generated with exportable: true.',
    )
  }
  return new Uint8Array(await subtle().exportKey('pkcs8', pair.privateKey))
}

async function importPkcs8(pkcs8: Uint8Array, exportable: boolean): Promise<CryptoKey> {
  const api = subtle()
  const copy = new Uint8Array(pkcs8)
  try {
    return await api.importKey('pkcs8', copy, RSA_OAEP_SHA256, exportable, ['unwrapKey'])
  } catch {
    throw refused('this runtime cannot import it')
  } finally {
    copy.fill(0)
  }
}
