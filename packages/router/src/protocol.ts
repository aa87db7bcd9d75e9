/** The names of protocol 1.0 as they stand in HTTP. */

/** `GET`: the router's public key as PEM text. */
export const PUBLIC_KEY_PATH = '/pki/public_key'
/** `POST`: a sealed chat completion. */
export const SECURE_COMPLETION_PATH = '/v1/chat/secure_completion'
/** `GET`: whether the router runs. */
export const HEALTH_PATH = '/health'

/** What an opened completion is to the backend. */
export const COMPLETION_PATH = '/v1/chat/completions'

/** The media type of an envelope, although it is JSON. */
export const ENVELOPE_TYPE = 'application/octet-stream'

export const PAYLOAD_ID_HEADER = 'x-payload-id'
export const PUBLIC_KEY_HEADER = 'x-public-key'
export const TIER_HEADER = 'x-security-tier'
export const REQUEST_ID_HEADER = 'x-request-id'

/** The protocol versions that the router speaks. */
export const VERSIONS: readonly string[] = ['1.0']

/** How well a model's surroundings must be protected. */
export type SecurityTier = 'standard' | 'high' | 'maximum'

export const SECURITY_TIERS: readonly SecurityTier[] = ['standard', 'high', 'maximum']
