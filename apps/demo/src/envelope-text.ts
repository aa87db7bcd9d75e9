/** How an envelope is put on the page. It is read from the bytes that travelled, not from what made them. */

/** Characters from which on a value is shortened, and what is left at its ends. */
const LONG = 48
const HEAD = 20
const TAIL = 8

/** A binary field of an envelope. */
export interface EnvelopeField {
  readonly name: string
  /** Bytes, without the base64. */
  readonly size: number
  readonly meaning: string
}

/** The body exactly as it travelled. */
export function wholeEnvelope(envelope: Uint8Array): string {
  return new TextDecoder().decode(envelope)
}

/** The same on several lines, with long values cut in the middle. */
export function shortEnvelope(envelope: Uint8Array): string {
  return JSON.stringify(parsed(envelope), (_, value: unknown) => shortened(value), 2)
}

/** The fields that hold base64, with their sizes; `recipient` is whose key it was sealed to. */
export function envelopeFields(envelope: Uint8Array, recipient: string): readonly EnvelopeField[] {
  const { encrypted_payload: payload, encrypted_aes_key: key } = parsed(envelope)
  const { ciphertext, nonce, tag } = asRecord(payload)
  const fields: readonly (readonly [string, unknown, string])[] = [
    ['ciphertext', ciphertext, 'the text, encrypted; as long as the text is'],
    ['nonce', nonce, 'random, for this envelope only'],
    ['tag', tag, 'reveals any change to the ciphertext'],
    ['encrypted_aes_key', key, `the AES key, which only ${recipient} unwraps`],
  ]
  return fields.flatMap(([name, value, meaning]) =>
    typeof value === 'string' ? [{ name, size: base64Size(value), meaning }] : [],
  )
}

function parsed(envelope: Uint8Array): Record<string, unknown> {
  return asRecord(JSON.parse(wholeEnvelope(envelope)))
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function shortened(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= LONG) return value
  const left = value.length - HEAD - TAIL
  return `${value.slice(0, HEAD)}…${left} more…${value.slice(-TAIL)}`
}

/** Bytes that a padded base64 text stands for (RFC 4648 section 4). */
function base64Size(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}
