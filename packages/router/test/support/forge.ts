/** A sealed request made by hand from docs/protocol.md, for what core would not seal. */
import type { Bytes, PublicKey } from '@nomyo/core'
import { PAYLOAD_ID, QUESTION, URL_OF_ROUTER } from './peer.ts'

/** What of the plaintext is not as usual. */
export interface ForgedParts {
  readonly method?: unknown
  readonly path?: unknown
  readonly headers?: unknown
  readonly body?: string
  /** Of which the envelope knows; beside it the usual one is sent. */
  readonly payloadID?: string
}

/** A request, and what opens the first frame of its answer. */
export interface Forged {
  readonly request: Request
  /** META of an answer, however little of it core would accept. */
  metaOf(response: Response): Promise<unknown>
}

/** The request, right in everything but what is given. */
export async function forge(to: PublicKey, parts: ForgedParts): Promise<Forged> {
  const { method = 'POST', path = '/v1/chat/completions', headers = {} } = parts
  const json = utf8(JSON.stringify({ method, path, headers }))
  const body = utf8(parts.body ?? JSON.stringify(QUESTION))
  const plaintext = concat(u32(json.length), json, u32(body.length), body)
  const { bytes, ...secrets } = await sealed(to, plaintext, parts.payloadID ?? PAYLOAD_ID)
  const request = new Request(`${URL_OF_ROUTER}/v2/secure`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.nomyo.sealed', 'x-payload-id': PAYLOAD_ID },
    body: bytes,
  })
  return { request, metaOf: (response) => metaOf(response, secrets) }
}

interface Secrets {
  readonly responseKey: Bytes
  readonly transcript: Bytes
}

async function sealed(
  to: PublicKey,
  plaintext: Bytes,
  payloadID: string,
): Promise<Secrets & { readonly bytes: Bytes }> {
  const block = crypto.getRandomValues(new Uint8Array(64))
  const oaep = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const rsa = await crypto.subtle.importKey('spki', to.spki, oaep, false, ['encrypt'])
  const label = utf8('nomyo-e2ee/2 key')
  const ek = new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP', label }, rsa, block))
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, BigInt(Date.now()))
  const kid = await sha256(to.spki)
  const head = concat(utf8('NMQ2\0\0'), u32(ek.length).subarray(2), kid, time, ek)
  const id = concat(Uint8Array.of(0, payloadID.length), utf8(payloadID))
  const additionalData = concat(utf8('nomyo-e2ee/2 request\0'), head, id, new Uint8Array(4))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await aes(block.slice(0, 32), 'encrypt')
  const algorithm = { name: 'AES-GCM', iv, additionalData }
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plaintext))
  const transcript = await sha256(concat(additionalData, iv, ciphertext.subarray(-16)))
  return { bytes: concat(head, iv, ciphertext), responseKey: block.slice(32), transcript }
}

async function metaOf(response: Response, { responseKey, transcript }: Secrets): Promise<unknown> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const [head, frame] = [bytes.subarray(0, 68), bytes.subarray(68)]
  const context = concat(utf8('nomyo-e2ee/2 response-key\0'), transcript, head.subarray(0, 8))
  const streamKey = await decrypt(responseKey, [head.subarray(8, 20), context], head.subarray(20))
  const end = 4 + (new DataView(frame.buffer, frame.byteOffset).getUint32(0) & 0x7fffffff)
  const header = frame.subarray(0, 4)
  const plaintext = await decrypt(streamKey, [new Uint8Array(12), header], frame.subarray(4, end))
  const length = new DataView(plaintext.buffer).getUint16(1)
  return JSON.parse(new TextDecoder().decode(plaintext.subarray(3, 3 + length)))
}

async function decrypt(raw: Bytes, [iv, additionalData]: [Bytes, Bytes], ciphertext: Bytes): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', iv, additionalData }
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, await aes(raw, 'decrypt'), ciphertext))
}

function aes(raw: Bytes, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [usage])
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

function u32(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
