/** PEM text encoding (RFC 7468): one block, nothing around it but white space. */
import { fromBase64, toBase64 } from '../lib/base64.js'
import type { Bytes } from '../lib/bytes.js'

const BLOCK = /^\s*-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n([A-Za-z0-9+/=\r\n \t]*)-----END \1-----\s*$/

/** What one PEM block holds. */
export interface PemBlock {
  /** The words after BEGIN, such as `PUBLIC KEY`. */
  readonly label: string
  readonly der: Bytes
}

/** The one block of `text`, or undefined if there is none, more than one, headers, or damaged base64. */
export function decodePem(text: string): PemBlock | undefined {
  const match = BLOCK.exec(text)
  if (match === null) return undefined
  const der = fromBase64(match[2]!.replace(/[\r\n \t]/g, ''))
  return der === undefined ? undefined : { label: match[1]!, der }
}

/** A PEM block with lines of 64 characters and a final line feed, as OpenSSL writes it. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
