/**
 * Private keys as ciphertext: PKCS#8 under AES-256-GCM, made and opened inside the engine, so that no PKCS#8
 * lies in JavaScript's memory.
 */
import { subtle, type Bytes } from '@nomyo/core'

const AES = { name: 'AES-GCM', length: 256 } as const
const RSA_OAEP_SHA256 = { name: 'RSA-OAEP', hash: 'SHA-256' } as const
const USAGES: readonly KeyUsage[] = ['wrapKey', 'unwrapKey']

/** Bytes of a nonce (NIST SP 800-38D section 8.2.2). */
export const NONCE_BYTES = 12
/** Bytes of the tag, with which a ciphertext ends. */
export const TAG_BYTES = 16

/** A private key as ciphertext. */
export interface SealedPrivateKey {
  /** 12 random bytes. */
  readonly nonce: Bytes
  /** With its 16-byte tag. */
  readonly ciphertext: Bytes
}

/** A fresh AES-256 key that seals and opens private keys and never leaves the engine. */
export async function generateWrappingKey(): Promise<CryptoKey> {
  return subtle().generateKey(AES, false, USAGES)
}

/**
 * The same from a password, with PBKDF2-HMAC-SHA-256 (RFC 8018 section 5.2). The caller owns the password's
 * bytes and should overwrite them.
 */
export async function deriveWrappingKey(
  password: Bytes,
  salt: Bytes,
  iterations: number,
): Promise<CryptoKey> {
  const base = await subtle().importKey('raw', password, 'PBKDF2', false, ['deriveKey'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return subtle().deriveKey(parameters, base, AES, false, USAGES)
}

/** Seals an extractable private key, bound to `context`. */
export async function sealPrivateKey(
  privateKey: CryptoKey,
  wrappingKey: CryptoKey,
  context: Bytes,
): Promise<SealedPrivateKey> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const parameters = { name: AES.name, iv: nonce, additionalData: context }
  const ciphertext = await subtle().wrapKey('pkcs8', privateKey, wrappingKey, parameters)
  return { nonce, ciphertext: new Uint8Array(ciphertext) }
}

/** Opens what {@link sealPrivateKey} made. Rejects with the engine's error for whatever is wrong. */
export async function openPrivateKey(
  { nonce, ciphertext }: SealedPrivateKey,
  wrappingKey: CryptoKey,
  context: Bytes,
  exportable: boolean,
): Promise<CryptoKey> {
  const parameters = { name: AES.name, iv: nonce, additionalData: context }
  return subtle().unwrapKey('pkcs8', ciphertext, wrappingKey, parameters, RSA_OAEP_SHA256, exportable, [
    'unwrapKey',
  ])
}

/** The same private key, which nobody can export any more. */
export async function withoutExport(privateKey: CryptoKey): Promise<CryptoKey> {
  if (!privateKey.extractable) return privateKey
  const [wrappingKey, context] = [await generateWrappingKey(), new Uint8Array()]
  return openPrivateKey(await sealPrivateKey(privateKey, wrappingKey, context), wrappingKey, context, false)
}
