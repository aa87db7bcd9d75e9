/**
 * What browsers have for base64, and a Blob as the body, which they send faster than a string.
 *
 * @typedef {import('./node.mjs').Platform} Platform
 */
const CHUNK = 3 * 2 ** 16

const toBase64 = (bytes) => bytes.toBase64()

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += CHUNK) yield toBase64(bytes.subarray(at, at + CHUNK))
}

/** @type {Platform} */
export const platform = {
  toBase64,
  fromBase64: (text) => Uint8Array.fromBase64(text),
  binaryBodyOf: (bytes) => new Blob([bytes]),
  bodyOf: (parts) =>
    new Blob(parts.flatMap((part) => (typeof part === 'string' ? part : [...chunksOf(part)]))),
}
