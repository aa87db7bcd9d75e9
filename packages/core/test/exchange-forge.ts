/**
 * The router's side of protocol 2.0, made by hand from docs/protocol.md, so that every part of a response can be
 * wrong while everything before the check under test is right.
 */
import type { Bytes } from '@nomyo/core'
import { sealRequest, type RequestContext, type SealedRequest } from '@nomyo/core/exchange'
import { concat, utf8 } from '../src/lib/bytes.js'
import { keyPair, pkcs8Of, type KeyName } from './keys.js'

export const PAYLOAD_ID = 'b4a1c2d3-0000-4000-8000-000000000001'
export const CONTEXT: RequestContext = {
  payloadID: PAYLOAD_ID,
  tier: 'high',
  authorization: 'Bearer nomyo-test-key',
}
export const CAPS_HASH = 'A'.repeat(43) + '='

/** A META that is right. */
export const META = {
  status: 200,
  headers: {},
  payload_id: PAYLOAD_ID,
  caps_hash: CAPS_HASH,
  t: 1_700_000_000_000,
}

/** The secrets of a response, as the router has them after opening a request. */
export interface Secrets {
  readonly kRes: CryptoKey
  readonly th: Bytes
}

/** A frame that may be wrong in anything. */
export interface FrameRecipe {
  readonly type: number
  readonly content?: Uint8Array
  readonly isFinal?: boolean
  /** What stands as the content's length. */
  readonly length?: number
  readonly padding?: Uint8Array
  /** The frame's place in the count. */
  readonly index?: number
}

export const meta = (value: object = META): FrameRecipe => ({ type: 1, content: utf8(JSON.stringify(value)) })
export const data = (text: string, isFinal = false): FrameRecipe => ({
  type: 2,
  content: utf8(text),
  isFinal,
})
export const pad = (isFinal = false): FrameRecipe => ({ type: 0, isFinal })

/** Seals a request to a test key and opens it by hand. */
export async function request(
  name: KeyName = 'rsa2048',
): Promise<{ sealed: SealedRequest; secrets: Secrets }> {
  const { publicKey } = await keyPair(name)
  const inner = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: utf8('{}') }
  const sealed = await sealRequest(inner, publicKey, CONTEXT)
  return { sealed, secrets: await secretsOf(sealed.bytes, name) }
}

/** K_res and th of a sealed request. */
export async function secretsOf(bytes: Bytes, name: KeyName): Promise<Secrets> {
  const k = new DataView(bytes.buffer).getUint16(6)
  const [head, nonce, tag] = [bytes.subarray(0, 48 + k), bytes.subarray(48 + k, 60 + k), bytes.subarray(-16)]
  const block = await decryptOAEP(bytes.subarray(48, 48 + k), name)
  const aad = concat(
    utf8('nomyo-e2ee/2 request\0'),
    head,
    lp(CONTEXT.payloadID),
    lp(CONTEXT.tier!),
    lp(CONTEXT.authorization!),
  )
  const th = await crypto.subtle.digest('SHA-256', concat(aad, nonce, tag))
  const kRes = await crypto.subtle.importKey('raw', block.slice(32), 'AES-GCM', false, ['encrypt'])
  return { kRes, th: new Uint8Array(th) }
}

/** A whole response: what comes before the frames, and the frames. */
export async function respond(
  secrets: Secrets,
  frames: readonly FrameRecipe[],
  magic: Uint8Array = Uint8Array.of(0x4e, 0x4d, 0x53, 0x32, 1, 0, 0, 60),
): Promise<{ head: Bytes; frames: Bytes[] }> {
  const kStr = crypto.getRandomValues(new Uint8Array(32))
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const aad = concat(utf8('nomyo-e2ee/2 response-key\0'), secrets.th, magic)
  const wrapped = await encrypt(secrets.kRes, nonce, aad, kStr)
  const key = await crypto.subtle.importKey('raw', kStr, 'AES-GCM', false, ['encrypt'])
  const sealed = await Promise.all(frames.map((recipe, i) => frame(key, recipe, i)))
  return { head: concat(magic, nonce, wrapped), frames: sealed }
}

async function frame(key: CryptoKey, recipe: FrameRecipe, position: number): Promise<Bytes> {
  const { type, content = new Uint8Array(), isFinal = false, index = position } = recipe
  const length = recipe.length ?? content.length
  const used = 3 + content.length
  const padding = recipe.padding ?? new Uint8Array(Math.ceil(used / 256) * 256 - used)
  const plain = concat(Uint8Array.of(type, length >> 8, length & 0xff), content, padding)
  const header = new Uint8Array(4)
  new DataView(header.buffer).setUint32(0, (isFinal ? 2 ** 31 : 0) + plain.length + 16)
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(7, index)
  nonce[11] = isFinal ? 1 : 0
  return concat(header, await encrypt(key, nonce, header, plain))
}

async function encrypt(key: CryptoKey, iv: Bytes, additionalData: Bytes, plain: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain))
}

async function decryptOAEP(ciphertext: Bytes, name: KeyName): Promise<Uint8Array> {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('pkcs8', pkcs8Of(name), algorithm, false, ['decrypt'])
  const parameters = { name: 'RSA-OAEP', label: utf8('nomyo-e2ee/2 key') }
  return new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext))
}

function lp(text: string): Bytes {
  return concat(Uint8Array.of(text.length >> 8, text.length & 0xff), utf8(text))
}

/** A request made by hand: the key block, its label and the plaintext may be wrong. */
export async function forgeRequest(recipe: {
  readonly plaintext?: Uint8Array
  readonly keyBytes?: number
  readonly label?: string
  readonly name?: KeyName
}): Promise<Bytes> {
  const { name = 'rsa2048', keyBytes = 64, label = 'nomyo-e2ee/2 key' } = recipe
  const { publicKey } = await keyPair(name)
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const rsa = await crypto.subtle.importKey('spki', publicKey.spki, algorithm, false, ['encrypt'])
  const block = crypto.getRandomValues(new Uint8Array(keyBytes))
  const parameters = { name: 'RSA-OAEP', ...(label === '' ? {} : { label: utf8(label) }) }
  const ek = new Uint8Array(await crypto.subtle.encrypt(parameters, rsa, block))
  const head = new Uint8Array(48 + ek.length)
  const view = new DataView(head.buffer)
  head.set(utf8('NMQ2'))
  view.setUint16(6, ek.length)
  head.set(new Uint8Array(await crypto.subtle.digest('SHA-256', publicKey.spki)), 8)
  view.setBigUint64(40, 1_700_000_000_000n)
  head.set(ek, 48)
  const aad = concat(
    utf8('nomyo-e2ee/2 request\0'),
    head,
    lp(CONTEXT.payloadID),
    lp(CONTEXT.tier!),
    lp(CONTEXT.authorization!),
  )
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  // A lenient reader takes the first 32 bytes, whatever follows them.
  const kReq = await crypto.subtle.importKey('raw', block.slice(0, 32), 'AES-GCM', false, ['encrypt'])
  return concat(head, nonce, await encrypt(kReq, nonce, aad, new Uint8Array(recipe.plaintext ?? inner({}))))
}

/** The plaintext of a request, of which each part may be wrong. */
export function inner(recipe: {
  readonly head?: unknown
  readonly headText?: string
  readonly n?: number
  readonly m?: number
  readonly body?: string
  readonly padding?: Uint8Array
}): Bytes {
  const right = { method: 'POST', path: '/v1/chat/completions', headers: {} }
  const json = utf8(recipe.headText ?? JSON.stringify(recipe.head ?? right))
  const body = utf8(recipe.body ?? '{}')
  return concat(
    u32(recipe.n ?? json.length),
    json,
    u32(recipe.m ?? body.length),
    body,
    recipe.padding ?? new Uint8Array(256 - ((8 + json.length + body.length) % 256)),
  )
}

function u32(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
