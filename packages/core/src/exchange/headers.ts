/** The headers of the HTTP messages that travel inside: one rule for both directions. */
import { isJsonObject } from '../lib/json.js'

/** A token (RFC 9110 section 5.6.2) in lower case, but the one that no JSON of ours may have as a key. */
const NAME = /^(?!__proto__$)[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/
/** A field's value (RFC 9110 section 5.5): no line ends, no NUL. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/

/** Whether it is a header's name. */
export function isHeaderName(name: string): boolean {
  return NAME.test(name)
}

/** Whether it is an object of headers. */
export function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return (
    isJsonObject(value) &&
    Object.entries(value).every(
      ([name, text]) => isHeaderName(name) && typeof text === 'string' && VALUE.test(text),
    )
  )
}
