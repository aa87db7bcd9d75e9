/** From `create(params)` to the plaintext JSON, with everything refused that JSON or the router would lose. */
import { isHarmless, isJsonObject, PayloadTooLargeError, PLAINTEXT_JSON, ValidationError } from '@nomyo/core'
import type { Bytes, JsonObject } from '@nomyo/core'
import { giveBack } from '@nomyo/core/internal'
import type { Protocol } from './exchange/exchange.js'

// They say how a request travels, and must never be part of what is said.
const OPTIONS_OF_THE_CALL: Readonly<Record<string, string>> = {
  api_key: 'pass { apiKey } as the second argument',
  apiKey: 'pass { apiKey } as the second argument',
  security_tier: 'pass { securityTier } as the second argument',
  securityTier: 'pass { securityTier } as the second argument',
  timeout: 'pass { timeout } as the second argument',
  maxRetries: 'pass { maxRetries } as the second argument',
  signal: 'pass { signal } as the second argument',
  base_url: 'set baseURL when the client is made',
  baseURL: 'set baseURL when the client is made',
}

/** A request, ready to be sealed. */
export interface Payload {
  /**
   * UTF-8 JSON for each protocol: 1.0 answers as a whole, so that the wish for a stream stays here. The caller owns
   * both and should {@link wipe} them.
   */
  readonly plaintext: Readonly<Record<Protocol, Bytes>>
  /** How the answer is to be streamed; undefined if it is wanted as a whole. */
  readonly stream: { readonly includeUsage: boolean } | undefined
}

/**
 * The request that `params` make, of at most `limit` bytes.
 * @throws ValidationError for anything that is not a chat completion request, or that JSON cannot carry.
 * @throws PayloadTooLargeError
 */
export function encodePayload(params: unknown, limit: number): Payload {
  assertChatRequest(params)
  const { stream, stream_options: options, ...whole } = params
  const streamed = encode(params, limit)
  if (stream !== true) return { plaintext: { '1.0': streamed, '2.0': streamed }, stream: undefined }
  const includeUsage = isJsonObject(options) && options['include_usage'] === true
  return { plaintext: { '1.0': encode(whole, limit), '2.0': streamed }, stream: { includeUsage } }
}

/** Overwrites it, and gives its memory back. */
export function wipe({ plaintext }: Payload): void {
  for (const bytes of new Set(Object.values(plaintext))) {
    bytes.fill(0)
    giveBack(bytes)
  }
}

function encode(params: object, limit: number): Bytes {
  const text = stringify(params)
  const plaintext = new TextEncoder().encode(text)
  const { length } = plaintext
  if (length <= limit && isHarmless(text, PLAINTEXT_JSON)) return plaintext
  plaintext.fill(0)
  if (length > limit) throw new PayloadTooLargeError(length, limit)
  throw new ValidationError(
    `The request must not have more than ${PLAINTEXT_JSON.maxDepth} levels or ${PLAINTEXT_JSON.maxValues} values, or a __proto__ key.`,
  )
}

function assertChatRequest(params: unknown): asserts params is JsonObject {
  // With a toJSON, what is sent would not be what is checked here.
  if (!isJsonObject(params) || typeof params['toJSON'] === 'function') {
    throw new ValidationError('create() takes an object with model and messages.')
  }
  const misplaced = Object.keys(params).find((key) => Object.hasOwn(OPTIONS_OF_THE_CALL, key))
  if (misplaced !== undefined) {
    throw new ValidationError(`${misplaced} is not part of a request: ${OPTIONS_OF_THE_CALL[misplaced]}.`)
  }
  const { model, messages, stream } = params
  if (typeof model !== 'string' || model === '')
    throw new ValidationError('model must be the name of a model.')
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ValidationError('messages must be a list with at least one message.')
  }
  const broken = messages.findIndex(
    (message) => !isJsonObject(message) || typeof message['role'] !== 'string',
  )
  if (broken !== -1) throw new ValidationError(`messages[${broken}] must be an object with a role.`)
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw new ValidationError('stream must be true or false.')
  }
}

/** `JSON.stringify`, but what it would drop or change in silence is refused. Its own errors quote the input. */
function stringify(params: unknown): string {
  try {
    return JSON.stringify(params, refuseWhatJsonLoses)
  } catch (error) {
    if (ValidationError.isInstance(error)) throw error
    throw new ValidationError(
      'The request must be plain JSON, but it refers to itself, or a toJSON() in it failed.',
    )
  }
}

/** The objects that JSON writes whole: of a Promise, a Map or a RegExp, say, it would leave `{}`. */
const WRITTEN_WHOLE = ['Object', 'Array', 'String', 'Number', 'Boolean'].map((name) => `[object ${name}]`)

/** `this` holds the value as it was given; `value` is what its `toJSON` made of it. */
function refuseWhatJsonLoses(this: object, key: string, value: unknown): unknown {
  const type = typeof value
  if (type === 'function' || type === 'symbol' || type === 'bigint') throw notJson(key, `a ${type}`)
  if (type === 'number' && !Number.isFinite(value)) throw notJson(key, 'not a finite number')
  const given: unknown = Reflect.get(this, key)
  if (ArrayBuffer.isView(given)) throw notJson(key, 'binary')
  if (value === undefined && (given !== undefined || Array.isArray(this))) throw notJson(key, 'undefined')
  if (value === null && given !== null) throw notJson(key, 'without a value')
  if (type === 'object' && value !== null) {
    const tag = Object.prototype.toString.call(value)
    if (!WRITTEN_WHOLE.includes(tag)) throw notJson(key, 'not a plain object or list')
  }
  return value
}

function notJson(key: string, problem: string): ValidationError {
  return new ValidationError(`The request must be plain JSON, but ${place(key)} is ${problem}.`)
}

/** Only a short plain name is repeated: a key may be part of what is secret. */
function place(key: string): string {
  return /^[a-z_]{1,32}$/i.test(key) ? `"${key}"` : 'a value'
}
