/** What routers publish about their keys, whatever the protocol. */
import type { PublicKey } from '@nomyo/core'
import { errorFromResponse } from '../errors/from-response.js'
import type { Transport } from '../http/transport.js'
import type { AcceptedKey, TrustPolicy } from './trust-policy.js'

/** ms for which what a router publishes is used without asking again. */
export const MAX_AGE = 3_600_000

/** A router's key that was accepted. */
export interface ServerKey extends AcceptedKey {
  readonly publicKey: PublicKey
}

/** What fetching what a router publishes needs. */
export interface PublishedSettings {
  /** Normalised. */
  readonly baseURL: string
  /** What travels with the request, lower-case names; no Authorization: this answer is public. */
  readonly headers: Readonly<Record<string, string>>
  /** ms for fetching it. */
  readonly timeout: number
  readonly transport: Transport
  readonly policy: TrustPolicy
}

/** What a router publishes at `path`. @throws APIError for a status of 400 and above, but for one that is `expected`. */
export async function fetchPublished(
  path: string,
  { baseURL, headers, transport }: PublishedSettings,
  signal: AbortSignal,
  expected?: number,
): Promise<Response> {
  const response = await transport({ url: baseURL + path, method: 'GET', headers, signal })
  const { status, body } = response
  if (status < 400 || status === expected) return response
  throw await errorFromResponse({ status, headers: response.headers, body, authenticated: false }, [], signal)
}
