/** The algorithms of PBES2 that are read here, and the names of others, so that a refusal can say what it met. */

/** PBES2 (RFC 8018 appendix A.4). */
export const PBES2 = '1.2.840.113549.1.5.13'
/** PBKDF2 (RFC 8018 appendix A.2). */
export const PBKDF2 = '1.2.840.113549.1.5.12'
/** HMAC with SHA-1, the pseudorandom function where none is named (RFC 8018 appendix A.2). */
export const HMAC_SHA1 = '1.2.840.113549.2.7'
/** HMAC with SHA-256 (RFC 8018 appendix B.1.2), the one that is written. */
export const HMAC_SHA256 = '1.2.840.113549.2.9'
/** AES-256 in CBC mode with PKCS#7 padding (RFC 8018 appendix B.2.5), the one that is written. */
export const AES_256_CBC = '2.16.840.1.101.3.4.1.42'

/** What WebCrypto calls the hash of each pseudorandom function. */
export const HASHES: ReadonlyMap<string, string> = new Map([
  [HMAC_SHA1, 'SHA-1'],
  [HMAC_SHA256, 'SHA-256'],
  ['1.2.840.113549.2.10', 'SHA-384'],
  ['1.2.840.113549.2.11', 'SHA-512'],
])

/** The key length, in bytes, of each cipher. */
export const KEY_BYTES: ReadonlyMap<string, number> = new Map([
  ['2.16.840.1.101.3.4.1.2', 16],
  ['2.16.840.1.101.3.4.1.22', 24],
  [AES_256_CBC, 32],
])

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.5.3', 'PBES1 with MD5 and DES'],
  ['1.2.840.113549.1.5.6', 'PBES1 with MD5 and RC2'],
  ['1.2.840.113549.1.5.10', 'PBES1 with SHA-1 and DES'],
  ['1.2.840.113549.1.5.11', 'PBES1 with SHA-1 and RC2'],
  ['1.2.840.113549.1.12.1.1', 'PKCS#12 encryption with RC4'],
  ['1.2.840.113549.1.12.1.2', 'PKCS#12 encryption with RC4'],
  ['1.2.840.113549.1.12.1.3', 'PKCS#12 encryption with 3DES'],
  ['1.2.840.113549.1.12.1.4', 'PKCS#12 encryption with 3DES'],
  ['1.2.840.113549.1.12.1.5', 'PKCS#12 encryption with RC2'],
  ['1.2.840.113549.1.12.1.6', 'PKCS#12 encryption with RC2'],
  ['1.3.6.1.4.1.11591.4.11', 'scrypt'],
  ['1.2.840.113549.2.8', 'HMAC with SHA-224'],
  ['1.3.14.3.2.7', 'DES'],
  ['1.2.840.113549.3.2', 'RC2'],
  ['1.2.840.113549.3.7', '3DES'],
  ['2.16.840.1.101.3.4.1.6', 'AES-128-GCM'],
  ['2.16.840.1.101.3.4.1.26', 'AES-192-GCM'],
  ['2.16.840.1.101.3.4.1.46', 'AES-256-GCM'],
])

/** The name of an algorithm that is not supported, or else its identifier. */
export function nameOf(oid: string): string {
  return UNSUPPORTED.get(oid) ?? `the algorithm ${oid}`
}
