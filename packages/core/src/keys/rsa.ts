/**
 * The RSA keys that this project uses: which ones are accepted, and how their numbers are read from SPKI
 * (RFC 5280 section 4.1). Engines import much that must not be used, such as
 * 1024-bit moduli, e = 1 and trailing bytes, so everything is checked here, before they see it.
 */
import { SecurityError } from '../errors.js'
import { BIT_STRING, element, INTEGER, readElement, readElements, SEQUENCE } from '../lib/der.js'
import { equalBytes, type Bytes } from '../lib/bytes.js'

/** The least modulus, in bits. */
export const MIN_MODULUS_BITS = 2048
/** The greatest modulus, in bits: beyond it one operation takes too long for a key that a stranger sends. */
export const MAX_MODULUS_BITS = 8192

/** Import and generation parameters: RSA-OAEP with SHA-256 and MGF1-SHA-256 (RFC 8017 section 7.1). */
export const RSA_OAEP_SHA256 = { name: 'RSA-OAEP', hash: 'SHA-256' } as const

/** e = 65537, the only public exponent in use. */
export const PUBLIC_EXPONENT: Bytes = Uint8Array.of(1, 0, 1)

// AlgorithmIdentifier of rsaEncryption with its NULL parameters (RFC 8017 appendix C).
const RSA_ENCRYPTION = Uint8Array.of(0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0)

/**
 * The bits of the modulus in an SPKI, which must be canonical DER of an RSA key with 2048 to 8192 bits and
 * e = 65537.
 * @throws SecurityError `key_refused`, with the reason, for any other.
 */
export function modulusBitsOfSpki(spki: Uint8Array): number {
  const outer = readElement(spki, 0)
  if (outer?.tag !== SEQUENCE) throw refused('it is not DER of a SubjectPublicKeyInfo')
  if (outer.end !== spki.length) throw refused('bytes follow its end')
  const [algorithm, bits, ...rest] = readElements(outer.content) ?? []
  if (algorithm === undefined || bits?.tag !== BIT_STRING || rest.length > 0 || bits.content[0] !== 0) {
    throw refused('it is not DER of a SubjectPublicKeyInfo')
  }
  if (!isRsaEncryption(outer.content)) throw refused('its algorithm is not rsaEncryption')
  const { modulus, exponent } = readNumbers(bits.content.subarray(1), 0)
  assertAcceptableNumbers(modulus, exponent)
  if (!equalBytes(encodeSpki(modulus), spki)) throw refused('its DER is not canonical')
  return bitLength(modulus)
}

/** The SPKI of an RSA key with this modulus and e = 65537. */
export function encodeSpki(modulus: Uint8Array): Bytes {
  const key = element(SEQUENCE, element(INTEGER, modulus), element(INTEGER, PUBLIC_EXPONENT))
  return element(SEQUENCE, RSA_ENCRYPTION, element(BIT_STRING, Uint8Array.of(0), key))
}

export function isRsaEncryption(content: Uint8Array): boolean {
  return equalBytes(content.subarray(0, RSA_ENCRYPTION.length), RSA_ENCRYPTION)
}

/** The two integers from `index` on in a DER sequence of integers (RFC 8017 appendix A.1). */
export function readNumbers(der: Uint8Array, index: number): { modulus: Uint8Array; exponent: Uint8Array } {
  const sequence = readElement(der, 0)
  const numbers =
    sequence?.tag === SEQUENCE && sequence.end === der.length ? readElements(sequence.content) : []
  const modulus = numbers?.[index]
  const exponent = numbers?.[index + 1]
  if (modulus?.tag !== INTEGER || exponent?.tag !== INTEGER) throw refused('it holds no RSA key')
  return { modulus: modulus.content, exponent: exponent.content }
}

export function assertAcceptableNumbers(modulus: Uint8Array, exponent: Uint8Array): void {
  const bits = bitLength(modulus)
  if (bits < MIN_MODULUS_BITS)
    throw refused(`its modulus has ${bits} bits, at least ${MIN_MODULUS_BITS} are required`)
  if (bits > MAX_MODULUS_BITS)
    throw refused(`its modulus has ${bits} bits, at most ${MAX_MODULUS_BITS} are allowed`)
  // A zero byte in front is only there to keep the number positive (X.690 section 8.3.2).
  if (modulus[0] === 0 && modulus[1]! < 0x80) throw refused('its DER is not canonical')
  if ((modulus[modulus.length - 1]! & 1) === 0) throw refused('its modulus is even')
  if (!equalBytes(exponent, PUBLIC_EXPONENT)) throw refused('its public exponent is not 65537')
}

/** The number of bits of a DER integer's content; 0 for a negative one. */
function bitLength(integer: Uint8Array): number {
  if (integer.length === 0 || integer[0]! > 0x7f) return 0
  const first = integer.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : (integer.length - first) * 8 - Math.clz32(integer[first]!) + 24
}

/** @internal */
export function refused(reason: string): SecurityError {
  return new SecurityError('key_refused', `The RSA key is refused: ${reason}.`)
}
