/** What can be taken from the body of a failed answer: it is a stranger's text, so it is cut and cleaned. */
import { isJsonObject, parseJsonObject, type JsonObject } from '@nomyo/core'

/** The most characters of the server's words that an error carries. */
const MAX_DETAIL = 512
const LIMITS = { maxDepth: 16, maxValues: 10_000 }

/** The parts of a failure that OpenAI-style and FastAPI-style servers give. */
export interface Failure {
  readonly detail?: string | undefined
  readonly type?: string | undefined
  readonly param?: string | undefined
  readonly apiCode?: string | undefined
}

/**
 * Reads `{"detail": …}` or `{"error": {…}}`; anything else, such as a proxy's HTML, says nothing. Whatever
 * is in `secrets` (our API key, say) is struck out, should the server have sent it back.
 */
export function readFailure(body: Uint8Array, secrets: readonly string[]): Failure {
  const root = parseJsonObject(body, LIMITS)
  return root === undefined ? {} : failureOf(root, secrets)
}

/** The same of JSON that has been parsed. */
export function failureOf(root: JsonObject, secrets: readonly string[]): Failure {
  const error = isJsonObject(root['error']) ? root['error'] : undefined
  const clean = (value: unknown): string | undefined => cleanText(value, secrets)
  return {
    detail: clean(textOf(root['detail'] ?? error?.['message'] ?? root['error'])),
    type: clean(error?.['type']),
    param: clean(error?.['param']),
    apiCode: clean(error?.['code']),
  }
}

/** Text for people out of what `detail` may be: text, FastAPI's list of problems, or an object. */
function textOf(detail: unknown): string | undefined {
  if (typeof detail === 'string') return detail
  if (Array.isArray(detail)) return detail.map(problemOf).filter(Boolean).join('; ') || undefined
  return isJsonObject(detail) ? problemOf(detail) : undefined
}

/** `loc: msg` of one problem. Its other fields are left out: FastAPI repeats the input there. */
function problemOf(problem: unknown): string | undefined {
  if (typeof problem === 'string') return problem
  if (!isJsonObject(problem)) return undefined
  const message = firstText(problem, ['msg', 'message', 'detail', 'error'])
  const place = placeOf(problem['loc'])
  return message !== undefined && place !== '' ? `${place}: ${message}` : message
}

/** Names and numbers only: an object in it may say of itself that it makes no text, which would throw. */
function placeOf(loc: unknown): string {
  const isName = (step: unknown): boolean => typeof step === 'string' || typeof step === 'number'
  return Array.isArray(loc) ? loc.filter(isName).join('.') : ''
}

function firstText(object: JsonObject, fields: readonly string[]): string | undefined {
  return fields.map((field) => object[field]).find((value) => typeof value === 'string')
}

/** `value` without secrets, terminal escapes and control characters, cut to 512 characters. */
export function cleanText(value: unknown, secrets: readonly string[]): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  // Before cutting, which might leave half of one; and after cleaning, which might put one together.
  const text = strikeOut(String(value), secrets)
    .slice(0, 4 * MAX_DETAIL)
    // oxlint-disable-next-line no-control-regex -- terminal escape sequences are what is removed
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim()
  return [...strikeOut(text, secrets)].slice(0, MAX_DETAIL).join('') || undefined
}

function strikeOut(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret !== '')
  return known.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}
