/** Which models each security tier allows. */
import { SECURITY_TIERS, type SecurityTier } from '../protocol.js'

/**
 * The models that each tier allows: exact names, `*` for all, or a beginning and `*`, such as `qwen/*`.
 * All three tiers are named, so that none is open by omission.
 */
export type TierModels = Readonly<Record<SecurityTier, readonly string[]>>

/** @throws TypeError unless every tier has a list of patterns. */
export function assertTiers(tiers: TierModels): void {
  const isPattern = (entry: unknown): boolean =>
    typeof entry === 'string' && /^[^*]*\*?$/.test(entry) && entry !== ''
  for (const tier of SECURITY_TIERS) {
    if (!Array.isArray(tiers[tier]) || !tiers[tier].every(isPattern)) {
      throw new TypeError(`tiers.${tier} must list models: exact names, a beginning and *, or *.`)
    }
  }
}

/** Whether `tier` allows `model`. A request without a tier counts as `standard`. */
export function isAllowed(tiers: TierModels, tier: SecurityTier | undefined, model: string): boolean {
  return tiers[tier ?? 'standard'].some((pattern) =>
    pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern,
  )
}

/** The tier of that name, if there is one. */
export function tierOf(given: string | null): SecurityTier | undefined {
  return SECURITY_TIERS.find((known) => known === given)
}
