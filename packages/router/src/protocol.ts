/** The names of the protocols as they stand in HTTP, but for those of 2.0, which `@nomyo/core/exchange` has. */

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

/** What a client is told that sealed to a key which the router has not. */
export const KEY_PROBLEM = 'urn:nomyo:problem:key'

/** What a payload id must be: a UUID of version 4 (RFC 9562 section 5.4). */
export const PAYLOAD_ID: RegExp = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The id of a request, in every envelope's headers. */
export const PAYLOAD_ID_HEADER = 'x-payload-id'
/** Over 1.0: the client's public key, percent-encoded PEM. */
export const PUBLIC_KEY_HEADER = 'x-public-key'
/** The {@link SecurityTier} that is asked for. */
export const TIER_HEADER = 'x-security-tier'
/** The router's own id of a request, for its operator's logs. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** The protocol versions that the router speaks. */
export const VERSIONS: readonly Version[] = ['1.0', '2.0']

/** A version of the protocol. */
export type Version = '1.0' | '2.0'

/** What may be asked over 2.0, unless the router is set otherwise: nothing that keeps state. */
export const DEFAULT_PATHS: readonly string[] = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/models',
  '/v1/models/*',
  '/v1/moderations',
  '/v1/audio/*',
]

/** How well a model's surroundings must be protected. */
export type SecurityTier = 'standard' | 'high' | 'maximum'

/** All of them. */
export const SECURITY_TIERS: readonly SecurityTier[] = ['standard', 'high', 'maximum']
