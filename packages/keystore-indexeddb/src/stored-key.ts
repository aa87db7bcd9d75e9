/** What IndexedDB holds of a key, and whether what it gives back is that. */
import { KeyStoreError, type Bytes, type KeyPair } from '@nomyo/core'
import { MAX_PBKDF2_ITERATIONS } from '@nomyo/core/pkcs8'
import { NONCE_BYTES, TAG_BYTES, type SealedPrivateKey } from './private-key-sealing.js'

const VERSION = 1
/** Bytes of the salt of PBKDF2. */
export const SALT_BYTES = 16
/** More than the PKCS#8 and the SPKI of an RSA key of 8192 bits take, in bytes. */
const MAX_BYTES = 8192

/** The private key itself, which the engine keeps. */
export interface LivePrivateKey {
  readonly form: 'live'
  readonly key: CryptoKey
}

/** The private key under an AES key that stands beside it and that the engine keeps. */
export interface WrappedPrivateKey extends SealedPrivateKey {
  readonly form: 'wrapped'
  readonly wrappingKey: CryptoKey
}

/** The private key under a password. */
export interface EncryptedPrivateKey extends SealedPrivateKey {
  readonly form: 'encrypted'
  readonly salt: Bytes
  /** Of PBKDF2-HMAC-SHA-256. */
  readonly iterations: number
}

/** How a private key is stored. */
export type StoredPrivateKey = LivePrivateKey | WrappedPrivateKey | EncryptedPrivateKey

/** A key record. */
export interface StoredKey {
  readonly version: typeof VERSION
  /** Of the public key: a transaction that compares it cannot wait for a hash. */
  readonly fingerprint: string
  /** SPKI, DER. */
  readonly publicKey: Bytes
  /** In ms since 1970. */
  readonly createdAt: number
  readonly privateKey: StoredPrivateKey
}

/** The record of a key. */
export function storedKeyOf(
  { publicKey }: KeyPair,
  createdAt: number,
  privateKey: StoredPrivateKey,
): StoredKey {
  const { fingerprint, spki } = publicKey
  return { version: VERSION, fingerprint, publicKey: spki, createdAt, privateKey }
}

/**
 * What the sealed forms are bound to, so that no key can be passed off as another, as older or younger, or as
 * one of another environment. The key's name is not part of it: it changes when the key is replaced.
 */
export function contextOf(database: string, fingerprint: string, createdAt: number): Bytes {
  return new TextEncoder().encode(JSON.stringify(['nomyo key', VERSION, database, fingerprint, createdAt]))
}

/**
 * A value from IndexedDB as a record, every field checked.
 * @param what how messages speak of it.
 * @throws KeyStoreError `unreadable` with the reason.
 */
export function parseStoredKey(value: unknown, what: string): StoredKey {
  // WebKit gives null for a value with a CryptoKey that it cannot read.
  if (value === null || value === undefined) throw unreadable(what, 'the browser does not give it back')
  const { version, fingerprint, publicKey, createdAt, privateKey } = fieldsOf(value)
  if (version !== VERSION) {
    throw unreadable(what, 'it was stored by another version of this package, or it is damaged')
  }
  const stored = { version: VERSION, fingerprint, publicKey, createdAt, privateKey: asPrivateKey(privateKey) }
  if (!isWhole(stored)) throw unreadable(what, 'it is damaged, or the browser has lost a part of it')
  return stored
}

/** A key is there and cannot be used. */
export function unreadable(what: string, reason: string): KeyStoreError {
  return new KeyStoreError('unreadable', `${what} cannot be used: ${reason}. Nothing was changed.`)
}

type Unchecked<T> = { readonly [name in keyof T]: unknown }

function isWhole(stored: Unchecked<StoredKey>): stored is StoredKey {
  const { fingerprint, publicKey, createdAt, privateKey } = stored
  return (
    typeof fingerprint === 'string' &&
    isBytes(publicKey, 1) &&
    Number.isFinite(createdAt) &&
    privateKey !== undefined
  )
}

function asPrivateKey(value: unknown): StoredPrivateKey | undefined {
  const { form, key, wrappingKey, salt, iterations, nonce, ciphertext } = fieldsOf(value)
  if (form === 'live') return isPrivateKey(key) ? { form, key } : undefined
  if (!isBytes(nonce, NONCE_BYTES, NONCE_BYTES) || !isBytes(ciphertext, TAG_BYTES + 1)) return undefined
  if (form === 'wrapped') {
    return isWrappingKey(wrappingKey) ? { form, wrappingKey, nonce, ciphertext } : undefined
  }
  if (form !== 'encrypted' || !isBytes(salt, SALT_BYTES, SALT_BYTES)) return undefined
  return isIterations(iterations) ? { form, salt, iterations, nonce, ciphertext } : undefined
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isBytes(value: unknown, least: number, most: number = MAX_BYTES): value is Bytes {
  return value instanceof Uint8Array && value.length >= least && value.length <= most
}

function isIterations(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_PBKDF2_ITERATIONS
}

function isPrivateKey(value: unknown): value is CryptoKey {
  return (
    value instanceof CryptoKey &&
    value.type === 'private' &&
    value.algorithm.name === 'RSA-OAEP' &&
    (value.algorithm as RsaHashedKeyAlgorithm).hash.name === 'SHA-256' &&
    value.usages.includes('unwrapKey')
  )
}

function isWrappingKey(value: unknown): value is CryptoKey {
  return (
    value instanceof CryptoKey && value.algorithm.name === 'AES-GCM' && value.usages.includes('unwrapKey')
  )
}
