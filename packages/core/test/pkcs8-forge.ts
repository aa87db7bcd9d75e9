/**
 * Encrypted keys with anything in them, in a DER writer of its own, so that the one under test does not
 * vouch for itself. One iteration unless said otherwise: what is tested is not how long it takes.
 */
import { SecurityError } from '@nomyo/core'
import { expect } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { assertNoSecrets } from './no-secrets.js'
import { faceOf } from './undecryptable.js'

export const PASSWORD = 'correct horse 🔋 staple'

/** A PKCS#8 key of 48 bytes: Ed25519 (RFC 8410 section 10.3). */
export const SMALL_KEY = hex(
  '302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842',
)

export const OIDS = {
  pbes2: '06092a864886f70d01050d',
  pbkdf2: '06092a864886f70d01050c',
  scrypt: '06092b06010401da47040b',
  sha1: '06082a864886f70d0207',
  sha224: '06082a864886f70d0208',
  sha256: '06082a864886f70d0209',
  sha384: '06082a864886f70d020a',
  sha512: '06082a864886f70d020b',
  aes128: '0609608648016503040102',
  aes192: '0609608648016503040116',
  aes256: '060960864801650304012a',
  aes256gcm: '060960864801650304012e',
  tripleDes: '06082a864886f70d0307',
  pbeSha1TripleDes: '060a2a864886f70d010c0103',
} as const

const HASHES = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const
const BITS = { aes128: 128, aes192: 192, aes256: 256 } as const

export interface EncryptionRecipe {
  content?: Uint8Array
  password?: string
  hash?: keyof typeof HASHES
  cipher?: keyof typeof BITS
  iterations?: number
  salt?: Uint8Array
}

/** Elements that take the place of the right ones, in hexadecimal. */
export interface DerParts {
  salt?: string
  count?: string
  /** Absent unless given. */
  keyLength?: string
  prf?: string
  kdfOid?: string
  kdfParameters?: string
  cipherOid?: string
  cipherParameters?: string
  schemeOid?: string
  schemeParameters?: string
  ciphertext?: string
  /** What follows the last element of the whole. */
  tail?: string
}

const IV = hex('000102030405060708090a0b0c0d0e0f')
const SALT = hex('53414c5453414c5453414c5453414c54')

/** One element with `tag` around `content`, both in hexadecimal. */
export function tlv(tag: string, content = ''): string {
  const size = content.length / 2
  const digits = size.toString(16)
  const even = digits.padStart(digits.length + (digits.length % 2), '0')
  return tag + (size < 128 ? even : (128 + even.length / 2).toString(16) + even) + content
}

/** An AlgorithmIdentifier without or with a NULL. */
export function prfOf(oid: string, parameters = '0500'): string {
  return tlv('30', oid + parameters)
}

/** An encrypted key that decrypts to `recipe.content`, unless `parts` spoil it. */
export async function forge(recipe: EncryptionRecipe = {}, parts: DerParts = {}): Promise<Uint8Array> {
  const { hash = 'sha256', cipher = 'aes256', iterations = 1, salt = SALT } = recipe
  const ciphertext = parts.ciphertext ?? toHex(await encrypt(recipe))
  const kdfParameters =
    parts.kdfParameters ??
    tlv(
      '30',
      (parts.salt ?? tlv('04', toHex(salt))) +
        (parts.count ?? tlv('02', integer(iterations))) +
        (parts.keyLength ?? '') +
        (parts.prf ?? prfOf(OIDS[hash])),
    )
  const kdf = tlv('30', (parts.kdfOid ?? OIDS.pbkdf2) + kdfParameters)
  const iv = parts.cipherParameters ?? tlv('04', toHex(IV))
  const scheme = parts.schemeParameters ?? tlv('30', kdf + tlv('30', (parts.cipherOid ?? OIDS[cipher]) + iv))
  const data = tlv('04', ciphertext)
  return hex(tlv('30', tlv('30', (parts.schemeOid ?? OIDS.pbes2) + scheme) + data + (parts.tail ?? '')))
}

async function encrypt(recipe: EncryptionRecipe): Promise<Uint8Array> {
  const { content = SMALL_KEY, password = PASSWORD, hash = 'sha256', cipher = 'aes256' } = recipe
  const base = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveKey'])
  const key = await crypto.subtle.deriveKey(
    {
      name: 'PBKDF2',
      hash: HASHES[hash],
      salt: new Uint8Array(recipe.salt ?? SALT),
      iterations: recipe.iterations ?? 1,
    },
    base,
    { name: 'AES-CBC', length: BITS[cipher] },
    false,
    ['encrypt'],
  )
  const parameters = { name: 'AES-CBC', iv: IV }
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, concat(content)))
}

function integer(value: number): string {
  const digits = value.toString(16)
  const even = digits.padStart(digits.length + (digits.length % 2), '0')
  return even > '7f' && even[0]! > '7' ? `00${even}` : even
}

export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const reference = faceOf(
  new SecurityError(
    'decryption_failed',
    'The private key could not be decrypted: the password is wrong, the key is damaged, ' +
      'or it is not an RSA key of 2048 to 8192 bits with e = 65537.',
  ),
)

/** Asserts that `error` is the one opaque error, without a cause and without a secret. */
export function expectOpaque(error: unknown): void {
  expect(faceOf(error)).toEqual(reference)
  assertNoSecrets(error, [PASSWORD])
}

/** What `promise` rejects with, or fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const fulfilled = Symbol()
  const error = await promise.then(
    () => fulfilled,
    (reason: unknown) => reason,
  )
  if (error === fulfilled) return expect.fail('it was not refused')
  return error
}
