/** The block of PEM (RFC 7468) that holds a private key, as bytes, among whatever stands around it. */
import { Buffer } from 'node:buffer'
import { decodePem } from '@nomyo/core'
import type { KeyProtection } from './private-key.js'
import { readScheme, type EncryptionScheme } from './scheme.js'

const ENCRYPTED = 'ENCRYPTED PRIVATE KEY'
const LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', ENCRYPTED]
/** RFC 1421 section 4.6.1.1: OpenSSL's traditional encryption, under a key from one round of MD5. */
const PROC_TYPE = 'Proc-Type: 4,ENCRYPTED'

/** A private key in clear, PKCS#8 or PKCS#1, as PEM. */
export interface PlainBlock {
  readonly kind: 'plain'
  readonly pem: Buffer
  readonly protection: KeyProtection
}

/** A private key in OpenSSL's traditional encryption, as PEM. */
export interface TraditionalBlock {
  readonly kind: 'traditional'
  readonly pem: Buffer
  readonly protection: KeyProtection
}

/** An EncryptedPrivateKeyInfo. */
export interface Pkcs8Block extends EncryptionScheme {
  readonly kind: 'pkcs8'
  readonly der: Uint8Array
}

/**
 * Finds the private key in the bytes of a file. What it gives may lie in the same memory.
 * @throws what `refuse` makes of the reason why there is none to be used.
 */
export function findPrivateKey(
  file: Uint8Array,
  refuse: (reason: string) => Error,
): PlainBlock | TraditionalBlock | Pkcs8Block {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.length === 0) throw refuse('it is empty')
  const [found, another] = LABELS.flatMap((label) => blocksWith(label, bytes))
  if (found === undefined) throw refuse(reasonFor(bytes))
  if (another !== undefined) throw refuse('it holds more than one private key')
  const { label, pem } = found
  if (label === ENCRYPTED) return pkcs8Block(pem, refuse)
  if (pem.includes(PROC_TYPE)) return { kind: 'traditional', pem, protection: { encryption: 'weak' } }
  return { kind: 'plain', pem, protection: { encryption: 'none' } }
}

interface LabelledBlock {
  readonly label: string
  readonly pem: Buffer
}

/** All blocks with that label that have an end. */
function blocksWith(label: string, bytes: Buffer): LabelledBlock[] {
  const [head, foot] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`]
  const blocks: LabelledBlock[] = []
  for (let begin = bytes.indexOf(head); begin >= 0; begin = bytes.indexOf(head, begin + 1)) {
    const end = bytes.indexOf(foot, begin)
    if (end >= 0) blocks.push({ label, pem: bytes.subarray(begin, end + foot.length) })
  }
  return blocks
}

/** Only what is encrypted becomes a string here. */
function pkcs8Block(pem: Buffer, refuse: (reason: string) => Error): Pkcs8Block {
  const block = decodePem(pem.toString('latin1'))
  if (block === undefined) throw refuse('it is damaged: what it holds is not base64')
  return { kind: 'pkcs8', der: block.der, ...readScheme(block.der, refuse) }
}

function reasonFor(bytes: Buffer): string {
  if (bytes.includes('-----BEGIN OPENSSH PRIVATE KEY-----')) {
    return 'it is in OpenSSH’s own format, which `ssh-keygen -p -m PKCS8 -f` converts'
  }
  return 'it is damaged, or not the PEM of an RSA private key'
}
