import { equalBytes, type Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { fingerprintOf } from './fingerprint.js'
import { decodePem, encodePem } from './pem.js'
import { modulusBitsOfSpki, refused, RSA_OAEP_SHA256 } from './rsa.js'

/** An RSA public key that has passed every check, in the forms that the wire and people need. */
export interface PublicKey {
  /** RSA-OAEP with SHA-256, usages `encrypt` and `wrapKey`. */
  readonly key: CryptoKey
  /** SubjectPublicKeyInfo, DER (RFC 5280 section 4.1). */
  readonly spki: Bytes
  /** The same as PEM text (RFC 7468 section 13). */
  readonly pem: string
  /** `sha256/` and 44 characters of base64. */
  readonly fingerprint: string
  /** Bits, 2048 to 8192. */
  readonly modulusLength: number
}

/**
 * Checks and imports an RSA public key, given as PEM text or as SPKI DER.
 * @throws SecurityError `key_refused`, with the reason, for anything but one canonical RSA key of 2048 to
 * 8192 bits with e = 65537.
 */
export async function importPublicKey(source: string | Uint8Array): Promise<PublicKey> {
  const spki = typeof source === 'string' ? spkiOfPem(source) : new Uint8Array(source)
  const modulusLength = modulusBitsOfSpki(spki)
  const key = await importSpki(spki)
  return {
    key,
    spki,
    pem: encodePem('PUBLIC KEY', spki),
    fingerprint: await fingerprintOf(spki),
    modulusLength,
  }
}

/** Whether both are the same key. */
export function isSamePublicKey(a: PublicKey, b: PublicKey): boolean {
  return equalBytes(a.spki, b.spki)
}

function spkiOfPem(text: string): Bytes {
  const block = decodePem(text)
  if (block === undefined) throw refused('it is not exactly one PEM block')
  if (block.label !== 'PUBLIC KEY') throw refused('its PEM block is not a PUBLIC KEY')
  return block.der
}

async function importSpki(spki: Bytes): Promise<CryptoKey> {
  const api = subtle()
  try {
    return await api.importKey('spki', spki, RSA_OAEP_SHA256, true, ['encrypt', 'wrapKey'])
  } catch {
    throw refused('this runtime cannot import it')
  }
}
