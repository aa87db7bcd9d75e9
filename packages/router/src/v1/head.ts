/** The headers of a sealed request over protocol 1.0. */
import type { PublicKey } from '@nomyo/core'
import { tierOf } from '../access/tiers.js'
import { Failure } from '../failure.js'
import {
  PAYLOAD_ID,
  PAYLOAD_ID_HEADER,
  PUBLIC_KEY_HEADER,
  TIER_HEADER,
  type SecurityTier,
} from '../protocol.js'
import type { ClientKeys } from './client-keys.js'

/** What the headers say. */
export interface RequestHead {
  readonly payloadID: string
  readonly tier: SecurityTier | undefined
  /** The key that the answer is sealed to. */
  readonly clientKey: PublicKey
}

/** @throws Failure for each header that breaks its rule; no value is quoted. */
export async function readHead(headers: Headers, clientKeys: ClientKeys): Promise<RequestHead> {
  const payloadID = readPayloadID(headers.get(PAYLOAD_ID_HEADER))
  const tier = readTier(headers.get(TIER_HEADER))
  return { payloadID, tier, clientKey: await clientKeys.read(headers.get(PUBLIC_KEY_HEADER)) }
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
