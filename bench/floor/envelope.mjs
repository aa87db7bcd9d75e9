/**
 * Protocol 1.0 by hand: the fewest steps over WebCrypto that carry the same bytes. No check that could be left out is
 * in it, so nothing of it is safe. What the SDK takes beyond this is what its checks and its shape cost.
 *
 * @typedef {import('../platform/node.mjs').Platform} Platform
 */
import { concat, subtle } from './bytes.mjs'

const GCM = { name: 'AES-GCM', length: 256 }
const OAEP = { name: 'RSA-OAEP' }
const HEAD = '{"version":"1.0","algorithm":"hybrid-aes256-rsa4096","encrypted_payload":{"ciphertext":"'
const TAIL = '","key_algorithm":"RSA-OAEP-SHA256","payload_algorithm":"AES-256-GCM"}'

/**
 * @param {Platform} platform
 * @param {CryptoKey} recipient
 * @param {Uint8Array} plaintext
 */
export async function sealEnvelope({ toBase64, bodyOf }, recipient, plaintext) {
  const key = await subtle.generateKey(GCM, true, ['encrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const [wrapped, encrypted] = await Promise.all([
    subtle.wrapKey('raw', key, recipient, OAEP),
    subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, plaintext),
  ])
  const sealed = new Uint8Array(encrypted)
  const [nonceText, tag] = [toBase64(nonce), toBase64(sealed.subarray(-16))]
  const middle = `","nonce":"${nonceText}","tag":"${tag}"},"encrypted_aes_key":"`
  return bodyOf([HEAD, sealed.subarray(0, -16), middle, new Uint8Array(wrapped), TAIL])
}

/**
 * @param {Platform} platform
 * @param {CryptoKey} privateKey
 * @param {{ encrypted_payload: Record<'ciphertext' | 'nonce' | 'tag', string>, encrypted_aes_key: string }} envelope
 */
export async function openEnvelope({ fromBase64 }, privateKey, envelope) {
  const { ciphertext, nonce, tag } = envelope.encrypted_payload
  const wrapped = fromBase64(envelope.encrypted_aes_key)
  const key = await subtle.unwrapKey('raw', wrapped, privateKey, OAEP, GCM, false, ['decrypt'])
  const sealed = concat(fromBase64(ciphertext), fromBase64(tag))
  return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(nonce) }, key, sealed))
}
