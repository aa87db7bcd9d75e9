/** The envelope's JSON: the only place that knows the names of its fields. */
import { base64Length, base64Size, fromBase64, readBase64, writeBase64 } from '../lib/base64.js'
import type { Bytes } from '../lib/bytes.js'
import { isJsonObject, parseJsonObject, type JsonObject } from '../lib/json.js'
import { cutOut, type CutOut } from './cut-out.js'
import {
  ALGORITHM,
  ENVELOPE_JSON,
  KEY_ALGORITHM,
  MAX_ENVELOPE_OVERHEAD,
  NONCE_BYTES,
  PAYLOAD_ALGORITHM,
  TAG_BYTES,
  VERSION,
} from './wire.js'

/** Which of the two messages an envelope is: some routers leave the algorithms out of a response. */
export type EnvelopeKind = 'request' | 'response'

/** The parts of an envelope, decoded. */
export interface EnvelopeParts {
  /** Exactly as long as the modulus. */
  readonly encryptedKey: Bytes
  /** 12 bytes. */
  readonly nonce: Bytes
  /** The AES-GCM ciphertext with its 16-byte tag behind it, as WebCrypto has it. */
  readonly ciphertext: Bytes
  /** When the router made a response, in seconds since 1970, if it says so. */
  readonly processedAt?: number
}

/** What an envelope must be to be decoded. */
export interface EnvelopeRules {
  readonly kind: EnvelopeKind
  /** Bytes of the recipient's modulus. */
  readonly modulusBytes: number
  readonly maxPlaintextBytes: number
}

/** The largest envelope, in bytes, that can hold `maxPlaintextBytes` of plaintext. */
export function maxEnvelopeBytes(maxPlaintextBytes: number): number {
  return base64Length(maxPlaintextBytes) + MAX_ENVELOPE_OVERHEAD
}

/**
 * Writes an envelope. Concatenating is several times as fast as `JSON.stringify` of a large ciphertext,
 * and safe because no part needs escaping.
 */
export function encodeEnvelope(parts: EnvelopeParts): Bytes {
  const text = parts.ciphertext.subarray(0, -TAG_BYTES)
  const tag = parts.ciphertext.subarray(-TAG_BYTES)
  const processedAt = parts.processedAt === undefined ? '' : `,"processed_at":${parts.processedAt}`
  return written(
    `{"version":"${VERSION}","algorithm":"${ALGORITHM}","encrypted_payload":{"ciphertext":"`,
    text,
    '","nonce":"',
    parts.nonce,
    '","tag":"',
    tag,
    '"},"encrypted_aes_key":"',
    parts.encryptedKey,
    `","key_algorithm":"${KEY_ALGORITHM}","payload_algorithm":"${PAYLOAD_ALGORITHM}"${processedAt}}`,
  )
}

/** One array of all parts in order: text as it is, bytes as base64. A large ciphertext is written once. */
function written(...parts: readonly (string | Uint8Array)[]): Bytes {
  const sizes = parts.map((part) => (typeof part === 'string' ? part.length : base64Length(part.length)))
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size))
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') at += new TextEncoder().encodeInto(part, all.subarray(at)).written
    else at = writeBase64(all, at, part)
  }
  return all
}

/** Reads an envelope, or gives undefined if it breaks any rule. Nothing is allocated beyond its own size. */
export function decodeEnvelope(envelope: Uint8Array, rules: EnvelopeRules): EnvelopeParts | undefined {
  // Written so that a limit which is not a number lets nothing through.
  if (!(envelope.length <= maxEnvelopeBytes(rules.maxPlaintextBytes))) return undefined
  const large = cutOut(envelope, TAG_BYTES)
  const root = parseJsonObject(large?.rest ?? envelope, ENVELOPE_JSON)
  if (root === undefined || !hasKnownAlgorithms(root, rules.kind)) return undefined
  const payload = ownValue(root, 'encrypted_payload')
  if (!isJsonObject(payload)) return undefined
  const encryptedKey = binary(root, 'encrypted_aes_key', rules.modulusBytes)
  const nonce = binary(payload, 'nonce', NONCE_BYTES)
  const ciphertext = sealedText(payload, large, rules.maxPlaintextBytes)
  const processedAt = ownValue(root, 'processed_at')
  if (!encryptedKey || !nonce || !ciphertext) return undefined
  if (processedAt !== undefined && !Number.isFinite(processedAt)) return undefined
  return { encryptedKey, nonce, ciphertext, ...(typeof processedAt === 'number' ? { processedAt } : {}) }
}

function hasKnownAlgorithms(root: JsonObject, kind: EnvelopeKind): boolean {
  const mayBeAbsent = kind === 'response'
  const is = (field: string, value: string): boolean =>
    Object.hasOwn(root, field) ? root[field] === value : mayBeAbsent
  return (
    ownValue(root, 'version') === VERSION &&
    ownValue(root, 'algorithm') === ALGORITHM &&
    is('key_algorithm', KEY_ALGORITHM) &&
    is('payload_algorithm', PAYLOAD_ALGORITHM)
  )
}

/** The ciphertext of at most `max` bytes with its tag behind it, in one array. */
function sealedText(payload: JsonObject, large: CutOut | undefined, max: number): Bytes | undefined {
  const tag = binary(payload, 'tag', TAG_BYTES)
  const text = ownValue(payload, 'ciphertext')
  if (typeof text !== 'string' || tag === undefined) return undefined
  const ciphertext = text === large?.mark ? large.bytes : decoded(text, max)
  const size = (ciphertext?.length ?? 0) - TAG_BYTES
  if (ciphertext === undefined || size > max) return undefined
  ciphertext.set(tag, size)
  return ciphertext
}

/** The bytes of `text`, with room for the tag. */
function decoded(text: string, max: number): Bytes | undefined {
  const size = base64Size(text)
  if (size === undefined || size > max) return undefined
  const bytes = new Uint8Array(size + TAG_BYTES)
  return readBase64(bytes.subarray(0, size), text) ? bytes : undefined
}

/** The bytes of a base64 field of exactly `size` bytes; undefined if it is not one. */
function binary(object: JsonObject, field: string, size: number): Bytes | undefined {
  const text = ownValue(object, field)
  return typeof text === 'string' && base64Size(text) === size ? fromBase64(text) : undefined
}

function ownValue(object: JsonObject, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined
}
