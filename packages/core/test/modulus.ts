/** RSA ciphertexts that are not below the modulus, worked out on big integers. */
import type { Bytes, PublicKey } from '@nomyo/core'

/** `ciphertext` plus the modulus, in as many bytes as that takes. */
export async function addModulus(ciphertext: Uint8Array, { key }: PublicKey): Promise<Bytes> {
  const { n } = await crypto.subtle.exportKey('jwk', key)
  const modulus = Uint8Array.from(atob(n!.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const sum = (numberOf(ciphertext) + numberOf(modulus)).toString(16)
  const digits = sum.padStart(sum.length + (sum.length % 2), '0')
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}

/** The second form of a ciphertext of `seal`, as many bytes long, which not every ciphertext has. */
export async function beyondModulus(publicKey: PublicKey, seal: () => Promise<Uint8Array>): Promise<Bytes> {
  for (;;) {
    const ciphertext = await seal()
    const sum = await addModulus(ciphertext, publicKey)
    if (sum.length === ciphertext.length) return sum
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
}
