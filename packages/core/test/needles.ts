/** The forms in which secrets may lie in memory. */
import { randomBytes, type KeyObject } from 'node:crypto'
import { formsOf } from './forms.ts'

/** Bytes to be looked for, by what they would show. */
export type Needles = Readonly<Record<string, readonly Buffer[]>>

/**
 * A fresh text of that kind. Its characters beyond Latin-1 tell buffers, which have UTF-8, from the engine's strings, which
 * have UTF-16 then.
 */
export function marker(kind: string): string {
  return `${kind}-世界-${randomBytes(8).toString('hex')}`
}

/** A text in buffers, base64 among them, and in strings. */
export function textNeedles(name: string, text: string): Needles {
  const forms = (wanted: RegExp): Buffer[] =>
    formsOf(text).flatMap(({ name: form, bytes }) => (wanted.test(form) ? [bytes] : []))
  return { [`${name}, bytes`]: forms(/^(text|base64)$/), [`${name}, strings`]: forms(/^UTF-16LE$/) }
}

/** The numbers of an RSA private key as DER has them, also in PEM, and as OpenSSL computes with them. */
export function privateKeyNeedles(key: KeyObject): Needles {
  const { d, p, q } = key.export({ format: 'jwk' })
  const numbers = [d!, p!, q!].map((number) => Buffer.from(number, 'base64url'))
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString().split('\n')
  return {
    'private key, bytes': [...numbers, Buffer.from(pem[16]!)],
    'private key, OpenSSL': numbers.map((number) => Buffer.from(number).reverse()),
  }
}

/** The two keys of each exchange over 2.0, together and alone. */
export function messageKeyNeedles(blocks: readonly Uint8Array[]): Needles {
  const parts = blocks.flatMap((block) => [block, block.subarray(0, 32), block.subarray(32)])
  return { 'message keys': parts.map((part) => Buffer.from(part)) }
}
