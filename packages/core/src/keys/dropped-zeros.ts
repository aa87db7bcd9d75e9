/**
 * RSA-OAEP in WebKitGTK 2.50 (libgcrypt) drops the zero bytes that a message begins with, as one key in 256 does. There
 * they are put back; everywhere else a message that is too short is one that was too short when it was sealed.
 */
import type { Bytes } from '../lib/bytes.js'
import { subtle } from '../lib/subtle.js'
import type { KeyPair } from './key-pair.js'

// To WebCrypto bytes of any number are an HMAC key.
const BLOCK = { name: 'HMAC', hash: 'SHA-256' } as const

/** Whether this engine drops zeros, once that is known. */
let known: boolean | undefined

/** The bytes in `encrypted`, as the engine gives them; undefined if they do not unwrap. The caller overwrites them. */
export async function unwrapBytes(
  encrypted: Bytes,
  privateKey: CryptoKey,
  oaep: RsaOaepParams,
): Promise<Bytes | undefined> {
  const api = subtle()
  try {
    const block = await api.unwrapKey('raw', encrypted, privateKey, oaep, BLOCK, true, ['sign'])
    return new Uint8Array(await api.exportKey('raw', block))
  } catch {
    return undefined
  }
}

/**
 * To be tried with what did not unwrap, whatever the reason: the `length` bytes in `encrypted` with their zeros, in an
 * engine that drops them; undefined in any other. The caller overwrites them.
 */
export async function unwrapDropped(
  encrypted: Bytes,
  recipient: KeyPair,
  oaep: RsaOaepParams,
  length: number,
): Promise<Bytes | undefined> {
  if (!(await dropsZeros(recipient))) return undefined
  const rest = await unwrapBytes(encrypted, recipient.privateKey, oaep)
  if (rest === undefined || rest.length > length) return undefined
  const bytes = new Uint8Array(length)
  bytes.set(rest, length - rest.length)
  rest.fill(0)
  return bytes
}

/** Found out once, with a message that is no secret: it depends on the engine, not on what did not unwrap. */
async function dropsZeros({ publicKey, privateKey }: KeyPair): Promise<boolean> {
  if (known !== undefined) return known
  const oaep = { name: 'RSA-OAEP' }
  const message = new Uint8Array(32).fill(1, 1)
  const block = await subtle().importKey('raw', message, BLOCK, true, ['sign'])
  const wrapped = await subtle().wrapKey('raw', block, publicKey.key, oaep)
  const unwrapped = await unwrapBytes(new Uint8Array(wrapped), privateKey, oaep)
  // A key pair that does not work says nothing of the engine.
  return unwrapped === undefined ? false : (known = unwrapped.length < message.length)
}
