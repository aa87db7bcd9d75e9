/** The document in which a router says which versions, keys and paths it has. */
import { SecurityError } from '../errors.js'
import { importPublicKey, type PublicKey } from '../keys/public-key.js'
import { toBase64 } from '../lib/base64.js'
import { utf8, type Bytes } from '../lib/bytes.js'
import { isJsonObject, parseJsonObject, type JsonObject } from '../lib/json.js'
import { subtle } from '../lib/subtle.js'
import { EXCHANGE_JSON } from './wire.js'

/** The most bytes of such a document: 64 KiB. */
export const MAX_CAPABILITIES_BYTES: number = 64 * 1024
/** A router has its current key and few others; importing costs time. */
const MAX_KEYS = 8

/** A key that a router can open with. */
export interface OfferedKey {
  readonly publicKey: PublicKey
  /** Until when it will be offered, in seconds since 1970, if the router says so: a hint to ask again. */
  readonly notAfter: number | undefined
}

/** What a router can do. */
export interface Capabilities {
  /** Such as `1.0` and `2.0`. */
  readonly versions: readonly string[]
  /** Those of the listed keys that may be used, in the router's order. */
  readonly keys: readonly OfferedKey[]
  /** What may be asked over 2.0, such as `/v1/chat/completions` or `/v1/files/*`. */
  readonly paths: readonly string[]
  /** Base64 of SHA-256 of the document. */
  readonly hash: string
}

/** What a router writes into its document. */
export interface CapabilitiesInit {
  readonly versions: readonly string[]
  readonly keys: readonly { readonly pem: string; readonly notAfter?: number | undefined }[]
  readonly paths: readonly string[]
}

/** The document, in UTF-8 JSON. */
export function encodeCapabilities({ versions, keys, paths }: CapabilitiesInit): Bytes {
  const listed = keys.map(({ pem, notAfter }) => ({
    pem,
    ...(notAfter === undefined ? {} : { not_after: notAfter }),
  }))
  return utf8(JSON.stringify({ versions, keys: listed, paths }))
}

/** `caps_hash`: base64 of SHA-256 of a document's bytes. */
export async function capabilitiesHash(document: Bytes): Promise<string> {
  return toBase64(new Uint8Array(await subtle().digest('SHA-256', document)))
}

/**
 * Reads a document. A key that may not be used is left out, so that a router can list one of a newer kind.
 * @throws SecurityError `capabilities_refused` if it breaks a rule, or has no key that may be used.
 */
export async function parseCapabilities(document: Bytes): Promise<Capabilities> {
  const root =
    document.length <= MAX_CAPABILITIES_BYTES ? parseJsonObject(document, EXCHANGE_JSON) : undefined
  const { versions, keys, paths } = root ?? {}
  if (!isTexts(versions) || !isTexts(paths) || !Array.isArray(keys) || !keys.every(isJsonObject)) {
    throw refused('this is not the JSON of a router. Check the address')
  }
  const imported = await Promise.all(keys.slice(0, MAX_KEYS).map(importKey))
  const usable = imported.filter((key) => key !== undefined)
  if (usable.length === 0) throw refused('it lists no RSA key that may be used')
  return { versions, keys: usable, paths, hash: await capabilitiesHash(document) }
}

async function importKey({ pem, not_after: notAfter }: JsonObject): Promise<OfferedKey | undefined> {
  if (typeof pem !== 'string') return undefined
  try {
    const publicKey = await importPublicKey(pem)
    return { publicKey, notAfter: typeof notAfter === 'number' ? notAfter : undefined }
  } catch (error) {
    if (SecurityError.isInstance(error) && error.code === 'key_refused') return undefined
    throw error
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function refused(reason: string): SecurityError {
  return new SecurityError('capabilities_refused', `The router’s capabilities are refused: ${reason}.`)
}
