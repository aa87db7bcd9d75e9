/**
 * Protocol 2.0 by hand: the fewest steps that answer the same question over the same bytes. No check that could be
 * left out is in it, so nothing of it is safe. What the SDK takes beyond this is what its checks and its shape cost.
 */
const { subtle } = crypto
const utf8 = (text) => new TextEncoder().encode(text)
const LABEL = utf8('nomyo-e2ee/2 key')
const REQUEST = utf8('nomyo-e2ee/2 request\0')
const RESPONSE_KEY = utf8('nomyo-e2ee/2 response-key\0')
const RESPONSE_MAGIC = Uint8Array.of(0x4e, 0x4d, 0x53, 0x32, 1, 0, 0, 60)
const OAEP = { name: 'RSA-OAEP', label: LABEL }
const FRAME = 65_536

function concat(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const gcm = (iv, additionalData) => ({ name: 'AES-GCM', iv, additionalData })
const aesKey = (bytes, use) => subtle.importKey('raw', bytes, 'AES-GCM', false, [use])
const lengthPrefixed = (bytes) => concat(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes)
const requestAad = (head, id) =>
  concat(REQUEST, head, lengthPrefixed(utf8(id)), Uint8Array.of(0, 0), Uint8Array.of(0, 0))
const transcript = async (aad, nonce, tag) =>
  new Uint8Array(await subtle.digest('SHA-256', concat(aad, nonce, tag)))

function frameNonce(i, isFinal) {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(7, i)
  nonce[11] = isFinal ? 1 : 0
  return nonce
}

/** The router's key as the floor's client needs it. */
export async function floorServerKey(pem) {
  const der = Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, '')), (c) => c.charCodeAt(0))
  const key = await subtle.importKey('spki', der, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt'])
  return { key, kid: new Uint8Array(await subtle.digest('SHA-256', der)) }
}

async function sealRequest({ key, kid }, id, path, body) {
  const secrets = crypto.getRandomValues(new Uint8Array(64))
  const ek = new Uint8Array(await subtle.encrypt(OAEP, key, secrets))
  const head = new Uint8Array(48 + ek.length)
  head.set(utf8('NMQ2'))
  const view = new DataView(head.buffer)
  view.setUint16(6, ek.length)
  head.set(kid, 8)
  view.setBigUint64(40, BigInt(Date.now()))
  head.set(ek, 48)
  const inner = utf8(
    JSON.stringify({ method: 'POST', path, headers: { 'content-type': 'application/json' } }),
  )
  const plaintext = new Uint8Array(Math.ceil((8 + inner.length + body.length) / 256) * 256)
  const lengths = new DataView(plaintext.buffer)
  lengths.setUint32(0, inner.length)
  plaintext.set(inner, 4)
  lengths.setUint32(4 + inner.length, body.length)
  plaintext.set(body, 8 + inner.length)
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const aad = requestAad(head, id)
  const requestKey = await aesKey(secrets.subarray(0, 32), 'encrypt')
  const sealed = new Uint8Array(await subtle.encrypt(gcm(nonce, aad), requestKey, plaintext))
  const responseKey = await subtle.importKey('raw', secrets.subarray(32), 'AES-GCM', false, ['unwrapKey'])
  const th = await transcript(aad, nonce, sealed.subarray(-16))
  return { bytes: concat(head, nonce, sealed), responseKey, th }
}

async function openResponse(bytes, { responseKey, th }) {
  const aad = concat(RESPONSE_KEY, th, RESPONSE_MAGIC)
  const wrapped = bytes.subarray(20, 68)
  const algorithm = gcm(bytes.slice(8, 20), aad)
  const key = await subtle.unwrapKey('raw', wrapped, responseKey, algorithm, 'AES-GCM', false, ['decrypt'])
  const pieces = []
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = 68, i = 0; at < bytes.length; i++) {
    const value = view.getUint32(at)
    const length = value % 2 ** 31
    const frame = bytes.subarray(at + 4, at + 4 + length)
    const algorithm = gcm(frameNonce(i, value >= 2 ** 31), bytes.subarray(at, at + 4))
    const plain = new Uint8Array(await subtle.decrypt(algorithm, key, frame))
    if (plain[0] === 2) pieces.push(plain.subarray(3, 3 + ((plain[1] << 8) | plain[2])))
    at += 4 + length
  }
  return concat(...pieces)
}

/** One exchange: a JSON value there, a JSON value back. */
export async function floorExchange({ url, serverKey, path }, value) {
  const id = crypto.randomUUID()
  const sealed = await sealRequest(serverKey, id, path, utf8(JSON.stringify(value)))
  const response = await fetch(`${url}/v2/secure`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.nomyo.sealed', 'x-payload-id': id },
    body: sealed.bytes,
  })
  const body = await openResponse(new Uint8Array(await response.arrayBuffer()), sealed)
  return JSON.parse(new TextDecoder().decode(body))
}

/** A router by hand: opens, asks the backend, seals. */
export function floorRouter(privateKey, backend) {
  return async (request) => {
    const bytes = new Uint8Array(await request.arrayBuffer())
    const k = new DataView(bytes.buffer, bytes.byteOffset).getUint16(6)
    const secrets = new Uint8Array(await subtle.decrypt(OAEP, privateKey, bytes.subarray(48, 48 + k)))
    const id = request.headers.get('x-payload-id')
    const aad = requestAad(bytes.subarray(0, 48 + k), id)
    const nonce = bytes.subarray(48 + k, 60 + k)
    const requestKey = await aesKey(secrets.subarray(0, 32), 'decrypt')
    const plain = new Uint8Array(await subtle.decrypt(gcm(nonce, aad), requestKey, bytes.subarray(60 + k)))
    const view = new DataView(plain.buffer)
    const n = view.getUint32(0)
    const { method, path, headers } = JSON.parse(new TextDecoder().decode(plain.subarray(4, 4 + n)))
    const body = plain.subarray(8 + n, 8 + n + view.getUint32(4 + n))
    const answer = await backend.send({ method, path, headers, body, signal: request.signal })
    const th = await transcript(aad, nonce, bytes.subarray(-16))
    const meta = { status: 200, headers: {}, payload_id: id, caps_hash: '', t: Date.now() }
    return new Response(
      await sealResponse(secrets.subarray(32), th, [
        { type: 1, bytes: utf8(JSON.stringify(meta)) },
        ...cut(new Uint8Array(await answer.arrayBuffer())),
      ]),
      { headers: { 'content-type': 'application/vnd.nomyo.stream' } },
    )
  }
}

function cut(bytes) {
  const size = FRAME - 3
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
    type: 2,
    bytes: bytes.subarray(i * size, (i + 1) * size),
  }))
}

async function sealResponse(secret, th, parts) {
  const responseKey = await subtle.importKey('raw', secret, 'AES-GCM', false, ['wrapKey'])
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const wrapped = await subtle.wrapKey(
    'raw',
    key,
    responseKey,
    gcm(nonce, concat(RESPONSE_KEY, th, RESPONSE_MAGIC)),
  )
  const frames = [RESPONSE_MAGIC, nonce, new Uint8Array(wrapped)]
  for (const [i, { type, bytes }] of parts.entries()) {
    const plain = new Uint8Array(Math.ceil((3 + bytes.length) / 256) * 256)
    plain[0] = type
    new DataView(plain.buffer).setUint16(1, bytes.length)
    plain.set(bytes, 3)
    const isFinal = i === parts.length - 1
    const header = new Uint8Array(4)
    new DataView(header.buffer).setUint32(0, (isFinal ? 2 ** 31 : 0) + plain.length + 16)
    frames.push(header, new Uint8Array(await subtle.encrypt(gcm(frameNonce(i, isFinal), header), key, plain)))
  }
  return concat(...frames)
}
