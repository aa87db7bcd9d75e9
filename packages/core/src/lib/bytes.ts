/** Bytes that own a plain buffer, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

/** One array of all `parts`, in order. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  return copied(parts)
}

/** The same of any number of parts, but not a copy if there is only one. */
export function joined(parts: readonly Uint8Array[]): Bytes {
  return parts.length === 1 ? (parts[0] as Bytes) : copied(parts)
}

function copied(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

/** Whether both hold the same bytes. Not constant-time: only for public values. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
