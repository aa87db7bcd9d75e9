/** Bytes in hexadecimal, field by field; each says what it is when it is pointed at or has the focus. */
import { make } from './elements.js'
import { bytes } from './quantities.js'
import type { ByteField } from './sealed-bytes.js'

/** Bytes of a field, and fields, that are shown of what is not shown whole. */
const FEW_BYTES = 32
const FEW_FIELDS = 15
/** Bytes of a field that are shown at most: a browser lays out a few hundred thousand characters, not millions. */
export const MOST_BYTES: number = 64 * 1024
/** How many tints the style sheet has. */
const TINTS = 6

/** The fields as elements; `tell` is given what the one is that the person looks at. */
export function hexView(
  fields: readonly ByteField[],
  isWhole: boolean,
  tell: (words: string) => void,
): readonly HTMLElement[] {
  const shown = isWhole ? fields : fields.slice(0, FEW_FIELDS)
  const elements: HTMLElement[] = shown.map((field, index) =>
    fieldElement(field, index % TINTS, isWhole, tell),
  )
  const left = fields.length - shown.length
  return left === 0 ? elements : [...elements, make('span', 'hex-left', `…${left} more fields…`)]
}

function fieldElement(
  field: ByteField,
  tint: number,
  isWhole: boolean,
  tell: (words: string) => void,
): HTMLElement {
  const words = `${field.name}, ${bytes(field.bytes.length)}: ${field.meaning}`
  // Digit after digit is nothing to listen to: read out is what they are.
  const hex = make('span', 'hex', hexOf(field.bytes, isWhole))
  hex.setAttribute('aria-hidden', 'true')
  const element = make('button', `hex-field tint-${tint}`, make('span', 'visually-hidden', words), hex)
  element.type = 'button'
  for (const event of ['focus', 'pointerenter', 'click']) element.addEventListener(event, () => tell(words))
  return element
}

function hexOf(all: Uint8Array, isWhole: boolean): string {
  const some = all.subarray(0, isWhole ? MOST_BYTES : FEW_BYTES)
  const hex = Array.from(some, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return some.length === all.length ? hex : `${hex} …${all.length - some.length} more`
}
