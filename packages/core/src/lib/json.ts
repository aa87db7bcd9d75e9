/**
 * Strict reading of JSON from a stranger: valid UTF-8 without a byte-order mark, an object at the root, a
 * bounded depth and number of values, and no `__proto__` key anywhere. Both are counted on the text, before
 * `JSON.parse`: some engines recurse there, and millions of tiny objects take a hundred times their text.
 */

/** Any JSON object (RFC 8259 section 4). */
export type JsonObject = { [key: string]: unknown }

/** How large JSON may be, beyond its bytes. */
export interface JsonLimits {
  /** How deep objects and arrays may nest. */
  readonly maxDepth: number
  /** How many values there may be, near enough: each `{`, `[` and `,` counts. */
  readonly maxValues: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
/** Space, line feed, carriage return and tab (RFC 8259 section 2). */
const WHITE_SPACE: readonly number[] = [0x20, 0x0a, 0x0d, 0x09]
// Nine characters, each of which may be written as a six-character \u escape.
const LONGEST_PROTO = 9 * 6

/** The object that `bytes` hold, or undefined if they hold anything else. Never throws. */
export function parseJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonObject | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!isHarmless(text, limits)) return undefined
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    // A parser's message quotes the text, which may be a decrypted secret: nothing of it goes on.
    return undefined
  }
}

/** Whether `value` is a JSON object, not null and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether JSON text keeps the limits and has no `__proto__` key. Says nothing of its syntax. */
export function isHarmless(text: string, { maxDepth, maxValues }: JsonLimits): boolean {
  let depth = 0
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === QUOTE) {
      const end = endOfString(text, i)
      if (end === -1 || isProtoKey(text, i, end)) return false
      i = end
    } else if (char === 0x7b || char === 0x5b) {
      // Written so that a limit which is not a number lets nothing through.
      if (!(++depth <= maxDepth) || !(++values <= maxValues)) return false
    } else if (char === COMMA) {
      if (!(++values <= maxValues)) return false
    } else if (char === 0x7d || char === 0x5d) {
      depth--
    }
  }
  return true
}

/** The index of the quote that closes the string opened at `start`, or -1. */
function endOfString(text: string, start: number): number {
  let end = start
  do {
    // The engine's own search: most of a large request is one long string.
    end = text.indexOf('"', end + 1)
  } while (end !== -1 && isEscaped(text, end))
  return end
}

/** Whether an odd number of backslashes stands before `index`. */
function isEscaped(text: string, index: number): boolean {
  let first = index
  while (text.charCodeAt(first - 1) === BACKSLASH) first--
  return (index - first) % 2 === 1
}

/** Whether the string between the quotes at `start` and `end` is a key that reads `__proto__`. */
function isProtoKey(text: string, start: number, end: number): boolean {
  const length = end - start - 1
  if (length < 9 || length > LONGEST_PROTO) return false
  let next = end + 1
  while (WHITE_SPACE.includes(text.charCodeAt(next))) next++
  if (text.charCodeAt(next) !== COLON) return false
  const token = text.slice(start, end + 1)
  if (!token.includes('\\')) return token === '"__proto__"'
  try {
    return JSON.parse(token) === '__proto__'
  } catch {
    return false // not a JSON string: the parser will refuse the whole text
  }
}
