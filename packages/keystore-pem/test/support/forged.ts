/** Encrypted keys with any parameters, put together from DER, without a key inside. */
import { encodePem } from '@nomyo/core'

/** One element of DER. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const octets = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...octets]), content])
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents)
const octets = (length: number): Buffer => der(0x04, Buffer.alloc(length, 7))
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))

/** A positive INTEGER of any size. */
function integer(value: number | bigint): Buffer {
  const hex = value.toString(16)
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, digits[0]! > 0x7f ? Buffer.concat([Buffer.of(0), digits]) : digits)
}

const CIPHERS = { aes: '60864801650304012a', des3: '2a864886f70d0307', des: '2b0e030207' }

/** What encrypts a forged key. */
export type Cipher = keyof typeof CIPHERS

/** The PEM of a key that seems to be encrypted with that scheme. */
function encryptedPem(...identifier: readonly Uint8Array[]): string {
  return encodePem('ENCRYPTED PRIVATE KEY', sequence(sequence(...identifier), octets(1232)))
}

function pbes2(kdf: string, cipher: Cipher, costs: readonly Uint8Array[]): string {
  return encryptedPem(
    oid('2a864886f70d01050d'),
    sequence(
      sequence(oid(kdf), sequence(octets(16), ...costs)),
      sequence(oid(CIPHERS[cipher]), octets(cipher === 'aes' ? 16 : 8)),
    ),
  )
}

/** PBES2 with PBKDF2. */
export function pbkdf2Pem(iterations: number | bigint, cipher: Cipher = 'aes'): string {
  const sha256 = sequence(oid('2a864886f70d0209'), der(0x05))
  return pbes2('2a864886f70d01050c', cipher, [integer(iterations), sha256])
}

/** PBES2 with scrypt. */
export function scryptPem(n: number | bigint, r: number | bigint, p: number | bigint): string {
  return pbes2('2b06010401da47040b', 'aes', [n, r, p].map(integer))
}

/** PBE of PKCS#12 with 3DES, or another with that last arc. */
export function pkcs12Pem(iterations: number | bigint, arc: number = 3): string {
  return encryptedPem(oid(`2a864886f70d010c010${arc}`), sequence(octets(8), integer(iterations)))
}
