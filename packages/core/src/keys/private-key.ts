/** Private keys as PKCS#8 (RFC 5958): beside key-pair.ts, so that a page loads it only if it reads or writes one. */
import { ValidationError } from '../errors.js'
import type { Bytes } from '../lib/bytes.js'
import { INTEGER, OCTET_STRING, readElement, readElements, SEQUENCE } from '../lib/der.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import type { KeyPair, PrivateKeyOptions } from './key-pair.js'
import { importPublicKey } from './public-key.js'
import {
  assertAcceptableNumbers,
  encodeSpki,
  isRsaEncryption,
  readNumbers,
  refused,
  RSA_OAEP_SHA256,
} from './rsa.js'

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

/**
 * The SPKI of the public half of an unencrypted PKCS#8 private key.
 * @throws SecurityError `key_refused`, with the reason.
 */
function spkiOfPkcs8(pkcs8: Uint8Array): Bytes {
  const outer = readElement(pkcs8, 0)
  if (outer?.tag !== SEQUENCE || outer.end !== pkcs8.length) throw refused('it is not DER of a PKCS#8 key')
  const [version, algorithm, key] = readElements(outer.content) ?? []
  if (version?.tag !== INTEGER || key?.tag !== OCTET_STRING) throw refused('it is not DER of a PKCS#8 key')
  if (algorithm === undefined || !isRsaEncryption(outer.content.subarray(version.end))) {
    throw refused('its algorithm is not rsaEncryption')
  }
  const { modulus, exponent } = readNumbers(key.content, 1)
  assertAcceptableNumbers(modulus, exponent)
  return encodeSpki(modulus)
}
