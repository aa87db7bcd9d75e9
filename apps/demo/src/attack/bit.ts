/** Flips one bit of an answer's ciphertext. */
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BEFORE_CIPHERTEXT = '"ciphertext":"'
/** Within the first part of a 2.0 answer, after its head of 68 bytes and four of the part’s size. */
const IN_FIRST_PART = 80

/** The same bytes, but for one bit. */
export function withFlippedBit(wire: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const changed = wire.slice()
  const isJson = wire[0] === 0x7b
  const index = isJson ? ciphertextIndex(wire) : IN_FIRST_PART
  const byte = changed[index]
  if (byte === undefined) throw new RangeError('The answer is too short to have a ciphertext.')
  changed[index] = isJson ? otherDigit(byte) : byte ^ 1
  return changed
}

function ciphertextIndex(wire: Uint8Array): number {
  const before = new TextDecoder().decode(wire).indexOf(BEFORE_CIPHERTEXT)
  if (before < 0) throw new RangeError('The answer has no ciphertext.')
  return before + BEFORE_CIPHERTEXT.length
}

/** The character of base64 that stands for six bits of which one is different. */
function otherDigit(byte: number): number {
  return BASE64.charCodeAt(BASE64.indexOf(String.fromCharCode(byte)) ^ 1)
}
