/** Why a request was not answered: one table from the reason to the status and to words of our own. */

/** What went wrong, in a word: what the log says. */
export type FailureCode =
  | 'host_refused'
  | 'origin_refused'
  | 'not_found'
  | 'method_not_allowed'
  | 'api_key_refused'
  | 'media_type_refused'
  | 'payload_id_invalid'
  | 'tier_invalid'
  | 'client_key_missing'
  | 'client_key_too_large'
  | 'client_key_refused'
  | 'body_too_large'
  | 'body_too_slow'
  | 'body_broken'
  | 'undecryptable'
  | 'key_unknown'
  | 'busy'
  | 'replay_store_unavailable'
  | 'model_missing'
  | 'messages_missing'
  | 'name_ambiguous'
  | 'model_not_allowed'
  | 'backend_refused'
  | 'backend_not_found'
  | 'backend_too_large'
  | 'backend_rate_limited'
  | 'backend_unauthorized'
  | 'backend_failed'
  | 'backend_broke_off'
  | 'answer_invalid'
  | 'answer_too_large'
  | 'backend_unavailable'
  | 'backend_unreachable'
  | 'backend_timeout'
  | 'client_gone'
  | 'internal'

/** Every text is fixed, so that none can carry a secret, a stranger's words, or a hint to an attacker. */
const FAILURES: Readonly<Record<FailureCode, readonly [status: number, detail: string]>> = {
  host_refused: [403, 'This router does not answer under that host name.'],
  origin_refused: [403, 'Pages of that origin may not use this router.'],
  not_found: [404, 'There is nothing at this path.'],
  method_not_allowed: [405, 'This path does not take that method.'],
  api_key_refused: [401, 'The API key is missing or not valid.'],
  media_type_refused: [415, 'The Content-Type must be application/octet-stream, without a content coding.'],
  payload_id_invalid: [400, 'X-Payload-ID must be a UUID of version 4.'],
  tier_invalid: [400, 'X-Security-Tier must be standard, high or maximum.'],
  client_key_missing: [400, 'X-Public-Key is missing.'],
  client_key_too_large: [400, 'X-Public-Key is longer than 4096 characters.'],
  client_key_refused: [
    400,
    'X-Public-Key must be one percent-encoded PEM of an RSA public key with 2048 to 8192 bits and e = 65537.',
  ],
  body_too_large: [413, 'The request is too large.'],
  body_too_slow: [408, 'The request took too long to arrive.'],
  body_broken: [400, 'The request broke off.'],
  undecryptable: [400, 'The request could not be decrypted.'],
  key_unknown: [422, 'The request is sealed to a key that this router has not.'],
  busy: [503, 'The router has too many requests to open.'],
  replay_store_unavailable: [503, 'The router cannot tell whether it has seen this request.'],
  model_missing: [400, 'The request names no model.'],
  messages_missing: [400, 'The request has no messages, or they are not a list of objects.'],
  name_ambiguous: [400, 'The request has a field whose name differs from a known one only in case.'],
  model_not_allowed: [403, 'This model is not allowed for the security tier.'],
  backend_refused: [400, 'The model server refused the request as not valid.'],
  backend_not_found: [404, 'The model server does not know this model.'],
  backend_too_large: [413, 'The request is too large for the model server.'],
  backend_rate_limited: [429, 'The model server has too many requests.'],
  backend_unauthorized: [502, 'The model server does not accept this router.'],
  backend_failed: [502, 'The model server failed.'],
  backend_broke_off: [502, 'The answer of the model server broke off.'],
  answer_invalid: [502, 'The model server gave an answer that is no JSON object.'],
  answer_too_large: [502, 'The answer of the model server is too large.'],
  backend_unavailable: [503, 'The model server is not available at the moment.'],
  backend_unreachable: [503, 'The model server cannot be reached.'],
  backend_timeout: [504, 'The model server took too long.'],
  client_gone: [499, 'The client went away.'],
  internal: [500, 'The router failed.'],
}

/** Thrown to end a request with a failure. It holds nothing of the request. */
export class Failure extends Error {
  readonly code: FailureCode
  /** Headers for the answer, such as `allow`. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether it must be told in clear, although the request has opened. */
  readonly isPlain: boolean

  constructor(code: FailureCode, headers: Readonly<Record<string, string>> = {}, isPlain: boolean = false) {
    super(FAILURES[code][1])
    this.name = 'Failure'
    this.code = code
    this.headers = headers
    this.isPlain = isPlain
  }

  /** HTTP status. */
  get status(): number {
    return FAILURES[this.code][0]
  }
}
