import { PUBLIC_EXPONENT } from './rsa.js'

// INTEGER 65537, with which every SPKI that was accepted ends.
const EXPONENT_BYTES = 2 + PUBLIC_EXPONENT.length

/**
 * Whether a ciphertext is a number below the modulus of an accepted key, as RFC 8017 section 5.1.2 demands: some
 * engines (libgcrypt, in WebKitGTK) take a greater one and reduce it, so that one message would have two forms.
 */
export function isBelowModulus(ciphertext: Uint8Array, spki: Uint8Array): boolean {
  const end = spki.length - EXPONENT_BYTES
  const modulus = spki.subarray(end - ciphertext.length, end)
  const at = ciphertext.findIndex((byte, i) => byte !== modulus[i])
  return at !== -1 && ciphertext[at]! < modulus[at]!
}
