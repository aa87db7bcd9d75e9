import { isJsonObject } from '../lib/json.js'
import type { RouterTrust } from './keystore.js'

/** `value` with the fields of a RouterTrust and no others, or undefined if it is none: for stores that read it back. */
export function asRouterTrust(value: unknown): RouterTrust | undefined {
  if (!isJsonObject(value)) return undefined
  const { fingerprints, firstSeen, highestProtocol } = value
  if (!Array.isArray(fingerprints) || fingerprints.length === 0) return undefined
  if (!fingerprints.every((fingerprint) => typeof fingerprint === 'string')) return undefined
  if (typeof firstSeen !== 'number' || !Number.isFinite(firstSeen)) return undefined
  if (highestProtocol !== '1.0' && highestProtocol !== '2.0') return undefined
  return { fingerprints: [...fingerprints], firstSeen, highestProtocol }
}
