/** The two AES keys of an exchange, and how they travel to the router. */
import { unwrapBytes, unwrapDropped } from '../keys/dropped-zeros.js'
import type { KeyPair } from '../keys/key-pair.js'
import type { PublicKey } from '../keys/public-key.js'
import type { Bytes } from '../lib/bytes.js'
import { subtle, type CryptoKey } from '../lib/subtle.js'
import { KEY_BYTES, KEY_LABEL } from './wire.js'

/** The keys of one exchange, neither of them extractable. */
export interface MessageKeys {
  /** K_req: AES-GCM over the request, once. */
  readonly request: CryptoKey
  /** K_res: wraps the key of a response's stream. */
  readonly response: CryptoKey
}

/** Which side of the exchange uses the keys. */
type Side = 'client' | 'router'

const USAGES = {
  client: { request: ['encrypt'], response: ['unwrapKey'] },
  router: { request: ['decrypt'], response: ['wrapKey'] },
} as const satisfies Record<Side, Record<keyof MessageKeys, readonly KeyUsage[]>>

/** Bytes of both keys. */
const BLOCK_BYTES = 2 * KEY_BYTES

const OAEP = { name: 'RSA-OAEP', label: KEY_LABEL } as const

/** Makes fresh keys and wraps them for the router (RSA-OAEP, RFC 8017 section 7.1). */
export async function makeMessageKeys(
  recipient: PublicKey,
): Promise<{ readonly keys: MessageKeys; readonly encrypted: Bytes }> {
  const block = crypto.getRandomValues(new Uint8Array(BLOCK_BYTES))
  try {
    const [keys, encrypted] = await Promise.all([
      importKeys(block, 'client'),
      subtle().encrypt(OAEP, recipient.key, block),
    ])
    return { keys, encrypted: new Uint8Array(encrypted) }
  } finally {
    block.fill(0)
  }
}

/**
 * The keys in `encrypted`, or random ones in place of a block that does not unwrap or is not of 64 bytes, so that
 * every failure goes the same way and ends in the tag check (the defence of RFC 3218 section 2.3.2).
 */
export async function unwrapMessageKeys(encrypted: Bytes, recipient: KeyPair): Promise<MessageKeys> {
  const random = crypto.getRandomValues(new Uint8Array(BLOCK_BYTES))
  const unwrapped = await unwrapBlock(encrypted, recipient)
  try {
    return await importKeys(unwrapped ?? random, 'router')
  } finally {
    unwrapped?.fill(0)
    random.fill(0)
  }
}

async function unwrapBlock(encrypted: Bytes, recipient: KeyPair): Promise<Bytes | undefined> {
  const block = await unwrapBytes(encrypted, recipient.privateKey, OAEP)
  if (block?.length === BLOCK_BYTES) return block
  block?.fill(0)
  return unwrapDropped(encrypted, recipient, OAEP, BLOCK_BYTES)
}

async function importKeys(block: Bytes, side: Side): Promise<MessageKeys> {
  const part = async (start: number, usages: readonly KeyUsage[]): Promise<CryptoKey> => {
    const bytes = block.subarray(start, start + KEY_BYTES)
    return subtle().importKey('raw', bytes, 'AES-GCM', false, [...usages])
  }
  const [request, response] = await Promise.all([
    part(0, USAGES[side].request),
    part(KEY_BYTES, USAGES[side].response),
  ])
  return { request, response }
}
