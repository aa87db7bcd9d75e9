/** The forms in which a text may lie hidden in recorded bytes. */

/** One form of a text. */
export interface Form {
  readonly name: string
  readonly bytes: Buffer
}

/** The usual encodings of `text`; base64 in each of the three positions in which it may begin. */
export function formsOf(text: string): Form[] {
  const utf8 = Buffer.from(text)
  const utf16 = Buffer.from(text, 'utf16le')
  const escaped = text.replace(
    /[^\0-\x7f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [
    { name: 'text', bytes: utf8 },
    ...(escaped === text ? [] : [{ name: 'JSON with escapes', bytes: Buffer.from(escaped) }]),
    { name: 'percent-encoded', bytes: Buffer.from(encodeURIComponent(text)) },
    { name: 'hex', bytes: Buffer.from(utf8.toString('hex')) },
    { name: 'HEX', bytes: Buffer.from(utf8.toString('hex').toUpperCase()) },
    { name: 'UTF-16LE', bytes: utf16 },
    { name: 'UTF-16BE', bytes: Buffer.from(utf16).swap16() },
    ...(utf8.length === text.length ? [] : [{ name: 'Latin-1', bytes: Buffer.from(text, 'latin1') }]),
    ...[0, 1, 2].flatMap((shift) => [
      { name: 'base64', bytes: Buffer.from(inBase64(utf8, shift, 'base64')) },
      { name: 'base64url', bytes: Buffer.from(inBase64(utf8, shift, 'base64url')) },
    ]),
  ]
}

/** The characters that stand for `bytes` alone if they begin `shift` bytes into a group of three. */
function inBase64(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes])
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor((whole.length * 8) / 6)
  return whole.toString(encoding).slice(first, last)
}
