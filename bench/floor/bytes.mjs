/** What both protocols by hand need of bytes and of WebCrypto. */
export const { subtle } = crypto

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text)

/** @param {Uint8Array} bytes */
export const textOf = (bytes) => decoder.decode(bytes)

/** @param {Uint8Array[]} parts */
export function concat(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The DER in a PEM. @param {string} pem */
export const derOf = (pem) =>
  Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, '')), (char) => char.charCodeAt(0))

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' }

/**
 * @param {string} pem
 * @param {KeyUsage[]} usages
 */
export const publicKeyOf = (pem, usages) => subtle.importKey('spki', derOf(pem), OAEP, false, usages)

/**
 * @param {string} pem
 * @param {KeyUsage[]} usages
 */
export const privateKeyOf = (pem, usages) => subtle.importKey('pkcs8', derOf(pem), OAEP, false, usages)
