/**
 * Headers that travel outside the envelope. They are checked here because `Headers` and `fetch` put a bad
 * value, an API key say, into their own error messages.
 */
import { ValidationError } from '@nomyo/core'

/** Headers by name; they travel in clear, beside the envelope. */
export type HeaderRecord = Readonly<Record<string, string>>

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/ // RFC 9110 section 5.6.2
const VISIBLE_ASCII = /^[\x20-\x7e]*$/

// What the protocol itself says, and what HTTP frames with.
const RESERVED = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-payload-id',
  'x-public-key',
  'x-security-tier',
])

/**
 * `headers` with lower-case names.
 * @throws ValidationError for a name or value that HTTP does not allow, or that the SDK sets itself.
 */
export function checkedHeaders(headers: HeaderRecord | undefined, option: string): Record<string, string> {
  if (headers === undefined) return {}
  // A Headers object or a Map has no entries of this kind: they would be dropped without a word.
  if (Object.prototype.toString.call(headers) !== '[object Object]') {
    throw new ValidationError(`${option} must be a plain object of names and values.`)
  }
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new ValidationError(`${option} holds a name that is not a header name.`)
    if (RESERVED.has(name.toLowerCase())) throw new ValidationError(`${option} must not set ${name}.`)
    checked[name.toLowerCase()] = checkedHeaderValue(value, `${option}.${name}`)
  }
  return checked
}

/** `value` if HTTP can carry it. @throws ValidationError without the value in it. */
function checkedHeaderValue(value: unknown, option: string): string {
  if (typeof value === 'string' && VISIBLE_ASCII.test(value)) return value.trim()
  throw new ValidationError(`${option} must be text of printable ASCII characters, without line breaks.`)
}
