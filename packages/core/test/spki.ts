/** Writes SPKI by hand, so that every byte of it can be wrong. Shares nothing with the code under test. */

export const RSA_ENCRYPTION_OID = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]
export const NULL = [5, 0]

/** What an SPKI is made of. Each length can be written in a longer form than it needs. */
export interface SpkiParts {
  /** The content of the modulus's INTEGER. */
  readonly modulus: readonly number[]
  readonly exponent?: readonly number[]
  /** The content of the AlgorithmIdentifier. */
  readonly algorithm?: readonly number[]
  /** The byte before the key in its BIT STRING. */
  readonly unusedBits?: readonly number[]
  /** Bytes behind the exponent, inside the RSAPublicKey. */
  readonly afterExponent?: readonly number[]
  /** Bytes behind the RSAPublicKey, inside the BIT STRING. */
  readonly afterKey?: readonly number[]
  /** Bytes behind the BIT STRING, inside the SubjectPublicKeyInfo. */
  readonly afterBits?: readonly number[]
  /** Which length is written with one byte more than it needs. */
  readonly longLengthOf?: 'outer' | 'algorithm' | 'bits' | 'key' | 'modulus' | 'exponent'
}

export function buildSpki(parts: SpkiParts): Uint8Array {
  const { modulus, exponent = [1, 0, 1], unusedBits = [0], longLengthOf } = parts
  const { algorithm = [...RSA_ENCRYPTION_OID, ...NULL] } = parts
  const write = (name: SpkiParts['longLengthOf'], tag: number, content: readonly number[]): number[] => [
    tag,
    ...lengthOf(content.length, name === longLengthOf),
    ...content,
  ]
  const numbers = [
    ...write('modulus', 2, modulus),
    ...write('exponent', 2, exponent),
    ...(parts.afterExponent ?? []),
  ]
  const key = [...write('key', 0x30, numbers), ...(parts.afterKey ?? [])]
  const info = [
    ...write('algorithm', 0x30, algorithm),
    ...write('bits', 3, [...unusedBits, ...key]),
    ...(parts.afterBits ?? []),
  ]
  return Uint8Array.from(write('outer', 0x30, info))
}

/** The content of the INTEGER of an odd modulus of exactly `bits` bits. It is no product of two primes. */
export function modulusOf(bits: number): number[] {
  const bytes = Array<number>(Math.ceil(bits / 8)).fill(0x5b)
  bytes[0] = 1 << ((bits - 1) % 8)
  return bytes[0] > 0x7f ? [0, ...bytes] : bytes
}

function lengthOf(length: number, long: boolean): number[] {
  const digits: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff)
  if (length < 0x80) return long ? [0x81, length] : [length]
  return long ? [0x81 + digits.length, 0, ...digits] : [0x80 + digits.length, ...digits]
}
