/**
 * EncryptedPrivateKeyInfo (RFC 5958 section 3) with the parameters of PBES2 (RFC 8018 appendix A), as DER.
 * All of it is public and may come from anywhere, so that everything is checked before it is used.
 */
import { equalBytes, type Bytes } from '../lib/bytes.js'
import {
  element,
  INTEGER,
  OCTET_STRING,
  readElement,
  readElements,
  SEQUENCE,
  type Element,
} from '../lib/der.js'
import {
  AES_256_CBC,
  HASHES,
  HMAC_SHA1,
  HMAC_SHA256,
  KEY_BYTES,
  nameOf,
  PBES2,
  PBKDF2,
} from './algorithms.js'
import { unreadable } from './failure.js'
import { decodeInteger, encodeInteger } from './integer.js'
import { MAX_PBKDF2_ITERATIONS } from '../keys/iterations.js'
import { decodeOid, encodeOid, OBJECT_IDENTIFIER } from './oid.js'

/** The most bytes of an encrypted or unencrypted key: RSA-8192 takes less than a third. */
export const MAX_DER_BYTES = 16_384
/** Bytes of an AES block, and so of the IV. */
export const BLOCK_BYTES = 16

const MAX_SALT_BYTES = 64
const NULL = 0x05

/** How a key was encrypted. */
export interface Pbes2 {
  /** The hash of the pseudorandom function, as WebCrypto calls it. */
  readonly hash: string
  /** 1 to 64 bytes. */
  readonly salt: Bytes
  /** 1 to 10,000,000. */
  readonly iterations: number
  /** Bytes of the AES key: 16, 24 or 32. */
  readonly keyBytes: number
  /** 16 bytes. */
  readonly iv: Bytes
}

/** An encrypted key and how it was encrypted. */
export interface EncryptedKey {
  readonly scheme: Pbes2
  /** A whole number of blocks of 16 bytes. */
  readonly ciphertext: Bytes
}

/** What {@link encodeEncryptedKey} writes: always HMAC with SHA-256 and AES-256-CBC. */
export type WrittenPbes2 = Pick<Pbes2, 'salt' | 'iterations' | 'iv'>

/** The DER of a key that was encrypted with AES-256-CBC under a key from PBKDF2 with HMAC-SHA-256. */
export function encodeEncryptedKey({ salt, iterations, iv }: WrittenPbes2, ciphertext: Uint8Array): Bytes {
  const prf = algorithm(HMAC_SHA256, element(NULL))
  const kdf = algorithm(
    PBKDF2,
    element(SEQUENCE, element(OCTET_STRING, salt), element(INTEGER, encodeInteger(iterations)), prf),
  )
  const cipher = algorithm(AES_256_CBC, element(OCTET_STRING, iv))
  const scheme = algorithm(PBES2, element(SEQUENCE, kdf, cipher))
  return element(SEQUENCE, scheme, element(OCTET_STRING, ciphertext))
}

/**
 * Reads and checks the DER of an encrypted key; its parts are copies.
 * @throws KeyStoreError `unreadable`, with the reason: not DER of that structure, an algorithm that is not
 * supported, or a parameter out of bounds.
 */
export function decodeEncryptedKey(der: Uint8Array): EncryptedKey {
  if (der.length > MAX_DER_BYTES) throw unreadable(`it has more than ${MAX_DER_BYTES} bytes`)
  const outer = readElement(der, 0)
  if (outer?.tag !== SEQUENCE || outer.end !== der.length) throw malformed()
  const [identifier, data] = parts(outer, SEQUENCE, OCTET_STRING)
  const scheme = readScheme(identifier!)
  const ciphertext = new Uint8Array(data!.content)
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES !== 0) {
    throw unreadable('its ciphertext is not a whole number of AES blocks')
  }
  return { scheme, ciphertext }
}

function readScheme(identifier: Element): Pbes2 {
  const { oid, parameters } = readAlgorithm(identifier)
  if (oid !== PBES2) throw unsupported('encryption', oid)
  const [kdf, cipher] = parts(parameters, SEQUENCE, SEQUENCE)
  const { iv, keyBytes } = readCipher(cipher!)
  return { ...readKdf(kdf!, keyBytes), iv, keyBytes }
}

function readKdf(kdf: Element, keyBytes: number): Pick<Pbes2, 'hash' | 'salt' | 'iterations'> {
  const { oid, parameters } = readAlgorithm(kdf)
  if (oid !== PBKDF2) throw unsupported('key derivation', oid)
  const [salt, count, ...optional] = elements(parameters)
  if (salt?.tag !== OCTET_STRING || count?.tag !== INTEGER) throw malformed()
  const length = optional[0]?.tag === INTEGER ? optional.shift() : undefined
  const prf = optional.shift()
  if (optional.length > 0) throw malformed()
  if (salt.content.length === 0 || salt.content.length > MAX_SALT_BYTES) {
    throw unreadable(`its salt has ${salt.content.length} bytes, 1 to ${MAX_SALT_BYTES} are allowed`)
  }
  if (length !== undefined && decodeInteger(length.content) !== keyBytes) {
    throw unreadable('its key length is not that of its cipher')
  }
  const hash = prf === undefined ? HASHES.get(HMAC_SHA1)! : readPrf(prf)
  return { hash, salt: new Uint8Array(salt.content), iterations: readIterations(count) }
}

function readPrf(prf: Element): string {
  const { oid, parameters } = readAlgorithm(prf)
  const hash = HASHES.get(oid)
  if (hash === undefined) throw unsupported('pseudorandom function', oid)
  if (parameters?.tag !== NULL || parameters.content.length > 0) throw malformed()
  return hash
}

function readCipher(cipher: Element): Pick<Pbes2, 'iv' | 'keyBytes'> {
  const { oid, parameters } = readAlgorithm(cipher)
  const keyBytes = KEY_BYTES.get(oid)
  if (keyBytes === undefined) throw unsupported('cipher', oid)
  if (parameters?.tag !== OCTET_STRING) throw malformed()
  const iv = new Uint8Array(parameters.content)
  if (iv.length !== BLOCK_BYTES) throw unreadable(`its IV has ${iv.length} bytes, not ${BLOCK_BYTES}`)
  return { iv, keyBytes }
}

function readIterations(count: Element): number {
  const iterations = decodeInteger(count.content)
  if (iterations === undefined) throw malformed()
  if (iterations < 1) throw unreadable('its iteration count is not positive')
  if (iterations > MAX_PBKDF2_ITERATIONS) {
    throw unreadable(`it asks for more than ${MAX_PBKDF2_ITERATIONS} iterations`)
  }
  return iterations
}

/** An AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
function readAlgorithm(identifier: Element): { oid: string; parameters: Element | undefined } {
  const [name, parameters, ...rest] = elements(identifier)
  const oid = name?.tag === OBJECT_IDENTIFIER ? decodeOid(name.content) : undefined
  if (oid === undefined || rest.length > 0) throw malformed()
  return { oid, parameters }
}

/** The elements in `whole`, which must have exactly these tags. */
function parts(whole: Element | undefined, ...tags: readonly number[]): Element[] {
  const found = elements(whole)
  if (
    !equalBytes(
      Uint8Array.from(found, ({ tag }) => tag),
      Uint8Array.from(tags),
    )
  )
    throw malformed()
  return found
}

/** The elements in a SEQUENCE. */
function elements(whole: Element | undefined): Element[] {
  const found = whole?.tag === SEQUENCE ? readElements(whole.content) : undefined
  if (found === undefined) throw malformed()
  return found
}

function algorithm(oid: string, parameters: Uint8Array): Bytes {
  return element(SEQUENCE, encodeOid(oid), parameters)
}

function malformed(): Error {
  return unreadable('it is not DER of an EncryptedPrivateKeyInfo')
}

function unsupported(what: string, oid: string): Error {
  return unreadable(`its ${what}, ${nameOf(oid)}, is not supported here`)
}
