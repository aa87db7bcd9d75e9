/**
 * Protocol 2.0 by hand, both ends: the fewest steps that carry the same bytes. No check that could be left out is in
 * it, so nothing of it is safe.
 */
import { concat, subtle, textOf, utf8 } from './bytes.mjs'

const OAEP = { name: 'RSA-OAEP', label: utf8('nomyo-e2ee/2 key') }
const REQUEST = utf8('nomyo-e2ee/2 request\0')
const RESPONSE_KEY = utf8('nomyo-e2ee/2 response-key\0')
const RESPONSE_MAGIC = Uint8Array.of(0x4e, 0x4d, 0x53, 0x32, 1, 0, 0, 60)
const FINAL = 2 ** 31
/** Bytes of content in a full frame. */
const PIECE = 65_536 - 3

const gcm = (iv, additionalData) => ({ name: 'AES-GCM', iv, additionalData })
const aesKey = (bytes, use) => subtle.importKey('raw', bytes, 'AES-GCM', false, [use])
const requestAad = (head, id) =>
  concat(REQUEST, head, Uint8Array.of(0, id.length), utf8(id), new Uint8Array(4))
const transcript = async (aad, nonce, tag) =>
  new Uint8Array(await subtle.digest('SHA-256', concat(aad, nonce, tag)))
const padded = (length) => Math.ceil(length / 256) * 256

function frameNonce(i, isFinal) {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(7, i)
  nonce[11] = isFinal ? 1 : 0
  return nonce
}

export async function sealRequest({ key, kid }, id, path, body) {
  const secrets = crypto.getRandomValues(new Uint8Array(64))
  const ek = new Uint8Array(await subtle.encrypt(OAEP, key, secrets))
  const head = new Uint8Array(48 + ek.length)
  head.set(utf8('NMQ2'))
  const view = new DataView(head.buffer)
  view.setUint16(6, ek.length)
  head.set(kid, 8)
  view.setBigUint64(40, BigInt(Date.now()))
  head.set(ek, 48)
  const plaintext = innerRequest(path, body)
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const aad = requestAad(head, id)
  const requestKey = await aesKey(secrets.subarray(0, 32), 'encrypt')
  const sealed = new Uint8Array(await subtle.encrypt(gcm(nonce, aad), requestKey, plaintext))
  const responseKey = await subtle.importKey('raw', secrets.subarray(32), 'AES-GCM', false, ['unwrapKey'])
  const th = await transcript(aad, nonce, sealed.subarray(-16))
  return { bytes: concat(head, nonce, sealed), responseKey, th }
}

function innerRequest(path, body) {
  const headers = { 'content-type': 'application/json' }
  const inner = utf8(JSON.stringify({ method: 'POST', path, headers }))
  const plaintext = new Uint8Array(padded(8 + inner.length + body.length))
  const lengths = new DataView(plaintext.buffer)
  lengths.setUint32(0, inner.length)
  plaintext.set(inner, 4)
  lengths.setUint32(4 + inner.length, body.length)
  plaintext.set(body, 8 + inner.length)
  return plaintext
}

export async function openRequest(bytes, id, privateKey) {
  const k = new DataView(bytes.buffer, bytes.byteOffset).getUint16(6)
  const secrets = new Uint8Array(await subtle.decrypt(OAEP, privateKey, bytes.subarray(48, 48 + k)))
  const aad = requestAad(bytes.subarray(0, 48 + k), id)
  const nonce = bytes.subarray(48 + k, 60 + k)
  const requestKey = await aesKey(secrets.subarray(0, 32), 'decrypt')
  const plain = new Uint8Array(await subtle.decrypt(gcm(nonce, aad), requestKey, bytes.subarray(60 + k)))
  const view = new DataView(plain.buffer)
  const n = view.getUint32(0)
  const { path } = JSON.parse(textOf(plain.subarray(4, 4 + n)))
  const body = plain.subarray(8 + n, 8 + n + view.getUint32(4 + n))
  const th = await transcript(aad, nonce, bytes.subarray(-16))
  return { path, body, secret: secrets.subarray(32), th }
}

export async function sealAnswer({ secret, th }, meta, body) {
  const responseKey = await subtle.importKey('raw', secret, 'AES-GCM', false, ['wrapKey'])
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const algorithm = gcm(nonce, concat(RESPONSE_KEY, th, RESPONSE_MAGIC))
  const wrapped = await subtle.wrapKey('raw', key, responseKey, algorithm)
  const parts = [{ type: 1, bytes: utf8(JSON.stringify(meta)) }, ...cut(body)]
  const frames = parts.map((part, i) => sealFrame(key, part, i, i === parts.length - 1))
  return concat(RESPONSE_MAGIC, nonce, new Uint8Array(wrapped), ...(await Promise.all(frames)).flat())
}

function cut(bytes) {
  return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) => ({
    type: 2,
    bytes: bytes.subarray(i * PIECE, (i + 1) * PIECE),
  }))
}

async function sealFrame(key, { type, bytes }, i, isFinal) {
  const plain = new Uint8Array(padded(3 + bytes.length))
  plain[0] = type
  new DataView(plain.buffer).setUint16(1, bytes.length)
  plain.set(bytes, 3)
  const header = new Uint8Array(4)
  new DataView(header.buffer).setUint32(0, (isFinal ? FINAL : 0) + plain.length + 16)
  return [header, new Uint8Array(await subtle.encrypt(gcm(frameNonce(i, isFinal), header), key, plain))]
}

export async function openAnswer(bytes, { responseKey, th }) {
  const aad = concat(RESPONSE_KEY, th, RESPONSE_MAGIC)
  const algorithm = gcm(bytes.slice(8, 20), aad)
  const wrapped = bytes.subarray(20, 68)
  const key = await subtle.unwrapKey('raw', wrapped, responseKey, algorithm, 'AES-GCM', false, ['decrypt'])
  const frames = [...framesOf(bytes)].map((frame) => openFrame(key, frame))
  return concat(...(await Promise.all(frames)))
}

function* framesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = 68, i = 0; at < bytes.length; i++) {
    const value = view.getUint32(at)
    const end = at + 4 + (value % FINAL)
    yield {
      i,
      isFinal: value >= FINAL,
      header: bytes.subarray(at, at + 4),
      sealed: bytes.subarray(at + 4, end),
    }
    at = end
  }
}

async function openFrame(key, { i, isFinal, header, sealed }) {
  const plain = new Uint8Array(await subtle.decrypt(gcm(frameNonce(i, isFinal), header), key, sealed))
  return plain[0] === 2 ? plain.subarray(3, 3 + ((plain[1] << 8) | plain[2])) : new Uint8Array()
}
