/** As much DER (X.690) as it takes to see how a key is encrypted: definite lengths and single-byte tags. */

export const SEQUENCE = 0x30
export const INTEGER = 0x02
export const OCTET_STRING = 0x04
export const OBJECT_IDENTIFIER = 0x06

/** One element: its tag and its content. */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

/** The elements that `der` consists of, or undefined if it is not a whole number of well-formed ones. */
export function readElements(der: Uint8Array): Element[] | undefined {
  const elements: Element[] = []
  for (let rest = der; rest.length > 0;) {
    const start = rest[1] !== undefined && rest[1] > 0x7f ? 2 + (rest[1] & 0x7f) : 2
    const length = readLength(rest.subarray(1, start))
    if (length === undefined || start + length > rest.length) return undefined
    elements.push({ tag: rest[0]!, content: rest.subarray(start, start + length) })
    rest = rest.subarray(start + length)
  }
  return elements
}

/** The number that an INTEGER stands for: Infinity if it is too large to be exact, -1 for negative ones. */
export function readInteger({ content }: Element): number {
  if (content.length === 0 || content[0]! > 0x7f) return -1
  const value = content.reduce((sum, digit) => sum * 256 + digit, 0)
  return Number.isSafeInteger(value) ? value : Infinity
}

function readLength([first, ...digits]: Uint8Array): number | undefined {
  if (first === undefined || first <= 0x7f) return first
  const isMinimal = digits.length === (first & 0x7f) && digits[0] !== 0
  if (!isMinimal || digits.length === 0 || digits.length > 3) return undefined
  return digits.reduce((sum, digit) => sum * 256 + digit, 0)
}
