/**
 * Secrets on their way to and from a process whose memory is searched: masked, so that what is found in it was left
 * there by what the process did with them, and not by how it came to have them.
 */
const MASK = 0x5a

/** As base64 of other bytes. */
export function masked(secret: string | Uint8Array): string {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  return Buffer.from(bytes.map((byte) => byte ^ MASK)).toString('base64')
}

/** The bytes that were masked. The caller overwrites them. */
export function unmasked(text: string): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  bytes.forEach((byte, i) => (bytes[i] = byte ^ MASK))
  return bytes
}

/** The same as text, of which nothing is left but the string. */
export function unmaskedText(text: string): string {
  const bytes = unmasked(text)
  const secret = new TextDecoder().decode(bytes)
  bytes.fill(0)
  return secret
}
