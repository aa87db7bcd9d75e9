/** Text with anything in it that a string can hold. */
import fc from 'fast-check'

const NOTABLE = [
  '\0',
  '\n',
  '"',
  '\\',
  '\x7f',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udc00',
  '😀',
  '{',
  '[',
  'é',
  'е',
]

/** One character, or half of one. fast-check's own take a second to begin with. */
export const unit: fc.Arbitrary<string> = fc.oneof(
  fc.nat(0x5e).map((code) => String.fromCharCode(0x20 + code)),
  fc.constantFrom(...NOTABLE),
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
)
