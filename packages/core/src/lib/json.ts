/**
 * Strict reading of JSON from a stranger: valid UTF-8 without a byte-order mark, an object at the root, a
 * bounded depth, and no `__proto__` key anywhere. Depth is counted on the bytes, before `JSON.parse`,
 * because some engines recurse there.
 */

/** Any JSON object (RFC 8259 section 4). */
export type JsonObject = { [key: string]: unknown }

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
// Nine characters, each of which may be written as a six-character \u escape.
const LONGEST_PROTO = 9 * 6

/** The object that `bytes` hold, or undefined if they hold anything else. Never throws. */
export function parseJsonObject(bytes: Uint8Array, maxDepth: number): JsonObject | undefined {
  if (!isHarmless(bytes, maxDepth)) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
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

/** Whether JSON text nests at most `maxDepth` deep and names no `__proto__`. Says nothing of its syntax. */
export function isHarmless(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) {
      const end = endOfString(bytes, i)
      if (end === -1 || isProtoKey(bytes, i, end)) return false
      i = end
    } else if (byte === 0x7b || byte === 0x5b) {
      // Written so that a limit which is not a number lets nothing through.
      if (!(++depth <= maxDepth)) return false
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    }
  }
  return true
}

/** The index of the quote that closes the string opened at `start`, or -1. */
function endOfString(bytes: Uint8Array, start: number): number {
  let end = start
  do {
    end = bytes.indexOf(QUOTE, end + 1)
  } while (end !== -1 && isEscaped(bytes, end))
  return end
}

/** Whether an odd number of backslashes stands before `index`. */
function isEscaped(bytes: Uint8Array, index: number): boolean {
  let first = index
  while (bytes[first - 1] === BACKSLASH) first--
  return (index - first) % 2 === 1
}

/** Whether the string between the quotes at `start` and `end` is a key that reads `__proto__`. */
function isProtoKey(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start - 1
  if (length < 9 || length > LONGEST_PROTO) return false
  let next = end + 1
  while (bytes[next] === 0x20 || bytes[next] === 0x0a || bytes[next] === 0x0d || bytes[next] === 0x09) next++
  if (bytes[next] !== COLON) return false
  const token = new TextDecoder().decode(bytes.subarray(start, end + 1))
  try {
    return JSON.parse(token) === '__proto__'
  } catch {
    return false // not a JSON string: the parser will refuse the whole text
  }
}
