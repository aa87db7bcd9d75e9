import { ALGORITHM, isJsonObject, parsePlaintext, SecurityError } from '@nomyo/core'
import type { Bytes, JsonObject } from '@nomyo/core'
import { giveBack } from '@nomyo/core/internal'
import { errorInAnswer } from './errors/from-response.js'
import type { Answered, ExchangeResponse } from './exchange/exchange.js'
import type { ChatCompletion, ChatCompletionMetadata } from './types/completion.js'

/**
 * The typed answer in the plaintext of an opened exchange, with what the client adds to `_metadata`. The plaintext
 * is overwritten.
 * @throws SecurityError if it is no JSON object, no completion, or says that it answers another request.
 * @throws APIError if it is a sealed failure.
 */
export function parseCompletion(plaintext: Bytes, response: Answered): ChatCompletion {
  try {
    const answer = parsePlaintext(plaintext)
    assertCompletion(answer, response)
    return { ...answer, _metadata: metadataOf(answer, response) } as unknown as ChatCompletion
  } finally {
    plaintext.fill(0)
    giveBack(plaintext)
  }
}

/** A failure may come sealed too: then it is the router's own word. */
function assertCompletion(answer: JsonObject, response: Answered): void {
  if (Array.isArray(answer['choices'])) return
  if (answer['error'] === undefined && answer['detail'] === undefined) {
    throw new SecurityError('answer_mismatch', 'The answer is no chat completion.')
  }
  throw errorInAnswer(answer, response, response.secrets)
}

/**
 * What the router says of an answer, unverified, with what the client knows itself.
 * @throws SecurityError if it says that it answers another request.
 */
export function metadataOf(
  answer: JsonObject,
  { payloadID, processedAt }: Pick<ExchangeResponse, 'payloadID' | 'processedAt'>,
): ChatCompletionMetadata {
  const given = answer['_metadata'] ?? {}
  if (!isJsonObject(given)) throw disagreement()
  if (given['payload_id'] !== undefined && given['payload_id'] !== payloadID) throw disagreement()
  return {
    ...given,
    ...(processedAt === undefined ? {} : { processed_at: processedAt }),
    payload_id: payloadID,
    is_encrypted: true,
    encryption_algorithm: ALGORITHM,
  }
}

function disagreement(): SecurityError {
  return new SecurityError('answer_mismatch', 'The answer’s metadata does not belong to this request.')
}
