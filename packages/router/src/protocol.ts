/** The names of the protocols as they stand in HTTP. */

/** `GET`: the router's public key as PEM text. */
export const PUBLIC_KEY_PATH = '/pki/public_key'
/** `POST`: a sealed chat completion. */
export const SECURE_COMPLETION_PATH = '/v1/chat/secure_completion'
/** `GET`: what a client must know to speak protocol 2.0. */
export const CAPABILITIES_PATH = '/pki/capabilities'
/** `POST`: a sealed HTTP request. */
export const SEALED_PATH = '/v2/secure'
/** `GET`: whether the router runs. */
export const HEALTH_PATH = '/health'

/** What an opened completion is to the backend. */
export const COMPLETION_PATH = '/v1/chat/completions'

/** The media type of an envelope, although it is JSON. */
export const ENVELOPE_TYPE = 'application/octet-stream'

/** The media types of a sealed request and of its answer. */
export const SEALED_TYPE = 'application/vnd.nomyo.sealed'
export const STREAM_TYPE = 'application/vnd.nomyo.stream'

/** What a client is told that sealed to a key which the router has not. */
export const KEY_PROBLEM = 'urn:nomyo:problem:key'

export const PAYLOAD_ID_HEADER = 'x-payload-id'
export const PUBLIC_KEY_HEADER = 'x-public-key'
export const TIER_HEADER = 'x-security-tier'
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

export const SECURITY_TIERS: readonly SecurityTier[] = ['standard', 'high', 'maximum']
