/** The headers of a sealed request over protocol 1.0. */
import { importPublicKey, SecurityError, type PublicKey } from '@nomyo/core'
import { tierOf } from '../access/tiers.js'
import { Failure } from '../failure.js'
import {
  PAYLOAD_ID,
  PAYLOAD_ID_HEADER,
  PUBLIC_KEY_HEADER,
  TIER_HEADER,
  type SecurityTier,
} from '../protocol.js'

/** Percent-encoded characters; a key of 8192 bits has about 1700. */
const MAX_KEY_CHARACTERS = 4096

/** What the headers say. */
export interface RequestHead {
  readonly payloadID: string
  readonly tier: SecurityTier | undefined
  /** The key that the answer is sealed to. */
  readonly clientKey: PublicKey
}

/** @throws Failure for each header that breaks its rule; no value is quoted. */
export async function readHead(headers: Headers): Promise<RequestHead> {
  const payloadID = readPayloadID(headers.get(PAYLOAD_ID_HEADER))
  const tier = readTier(headers.get(TIER_HEADER))
  return { payloadID, tier, clientKey: await readClientKey(headers.get(PUBLIC_KEY_HEADER)) }
}

function readPayloadID(value: string | null): string {
  if (value === null || !PAYLOAD_ID.test(value)) throw new Failure('payload_id_invalid')
  return value
}

function readTier(value: string | null): SecurityTier | undefined {
  if (value === null) return undefined
  const tier = tierOf(value)
  if (tier === undefined) throw new Failure('tier_invalid')
  return tier
}

async function readClientKey(value: string | null): Promise<PublicKey> {
  if (value === null || value === '') throw new Failure('client_key_missing')
  if (value.length > MAX_KEY_CHARACTERS) throw new Failure('client_key_too_large')
  try {
    return await importPublicKey(percentDecode(value))
  } catch (error) {
    if (SecurityError.isInstance(error) && error.code === 'key_refused')
      throw new Failure('client_key_refused')
    throw error
  }
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Failure('client_key_refused')
  }
}
