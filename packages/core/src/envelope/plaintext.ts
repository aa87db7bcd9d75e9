import { parseJsonObject, type JsonLimits, type JsonObject } from '../lib/json.js'
import { undecryptable } from './failure.js'
import { PLAINTEXT_JSON } from './wire.js'

/**
 * The JSON object that an opened envelope held. The caller still owns `plaintext`.
 * @throws SecurityError `decryption_failed`, the same as of `open`, if it is no JSON object, has a
 * byte-order mark or a `__proto__` key, or exceeds the limits: by default 128 levels and 2,000,000 values.
 */
export function parsePlaintext(plaintext: Uint8Array, limits: JsonLimits = PLAINTEXT_JSON): JsonObject {
  const payload = parseJsonObject(plaintext, limits)
  if (payload === undefined) throw undecryptable()
  return payload
}
