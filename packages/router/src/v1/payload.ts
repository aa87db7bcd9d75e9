/** What an opened request must be before a backend sees it. */
import { isJsonObject, type Bytes, type JsonObject } from '@nomyo/core'
import { isAmbiguous } from '../backend/field-names.js'
import { Failure } from '../failure.js'

/**
 * The model that the request asks for. Everything else of it is the backend's business.
 * @throws Failure `model_missing`, `messages_missing`, `name_ambiguous`.
 */
export function modelOf(payload: JsonObject): string {
  if (Object.keys(payload).some(isAmbiguous)) throw new Failure('name_ambiguous')
  const { model, messages } = payload
  if (typeof model !== 'string' || model === '') throw new Failure('model_missing')
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isJsonObject)) {
    throw new Failure('messages_missing')
  }
  return model
}

/** The request for the backend: written afresh, so that no name stands twice in it, and never streamed. */
export function backendBody(payload: JsonObject): Bytes {
  const { stream: _, stream_options: __, ...rest } = payload
  return new TextEncoder().encode(JSON.stringify(rest))
}
