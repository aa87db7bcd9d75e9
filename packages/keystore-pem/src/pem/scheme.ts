/**
 * How an EncryptedPrivateKeyInfo (RFC 5958 section 3) is encrypted, and what it costs to open it. The
 * parameters are not authenticated and may come from anywhere: they are bounded before anything is computed.
 */
import { Buffer } from 'node:buffer'
import {
  decodeInteger,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  readElements,
  SEQUENCE,
  type Element,
} from '@nomyo/core/internal'
import { MAX_PBKDF2_ITERATIONS, PBKDF2_ITERATIONS } from '@nomyo/core/pkcs8'
import type { KeyProtection } from './private-key.js'

/** The most of N * r * p of scrypt (RFC 7914 section 2) that is computed. */
const MAX_SCRYPT_COST = 2 ** 24
/** The most memory, in bytes, that OpenSSL gives scrypt: it refuses more, as if the password were wrong. */
const MAX_SCRYPT_MEMORY = 32 * 1024 * 1024
/** What OpenSSL writes unless told otherwise (N = 16384, r = 8, p = 1). Less counts as weak. */
const USUAL_SCRYPT_COST = 2 ** 17

const PBES2 = '2a864886f70d01050d'
const PBKDF2 = '2a864886f70d01050c'
const SCRYPT = '2b06010401da47040b'
const TRIPLE_DES = '2a864886f70d0307'
/** With keys of 128, 192 and 256 bits. */
const AES_CBC = ['608648016503040102', '608648016503040116', '60864801650304012a']
/** PBE with SHA-1 and 3DES under three or two keys (RFC 7292 appendix C). What there is beside, OpenSSL 3 dropped. */
const PKCS12 = ['2a864886f70d010c0103', '2a864886f70d010c0104']

/** What is to be known before a key is decrypted. */
export interface EncryptionScheme {
  /** `@nomyo/core` reads PBES2 with PBKDF2 and AES-CBC, OpenSSL (by way of Node) the rest. */
  readonly reader: 'core' | 'openssl'
  readonly protection: KeyProtection
}

/**
 * How the key in `der` is encrypted.
 * @throws what `refuse` makes of the reason why it is not to be decrypted.
 */
export function readScheme(der: Uint8Array, refuse: (reason: string) => Error): EncryptionScheme {
  return new SchemeReader(refuse).read(der)
}

class SchemeReader {
  readonly #refuse: (reason: string) => Error

  constructor(refuse: (reason: string) => Error) {
    this.#refuse = refuse
  }

  read(der: Uint8Array): EncryptionScheme {
    const outer = readElements(der)
    const [identifier, ciphertext] = this.#sequence(outer?.length === 1 ? outer[0] : undefined)
    if (ciphertext?.tag !== OCTET_STRING) throw this.#malformed()
    const { oid, parameters } = this.#algorithm(identifier)
    if (oid === PBES2) return this.#pbes2(parameters)
    if (!PKCS12.includes(oid)) throw this.#unsupported()
    this.#pbkdf2(parameters)
    // The iterations of PKCS#12 are single hashes of SHA-1: no number of them is enough.
    return { reader: 'openssl', protection: { encryption: 'weak' } }
  }

  /** RFC 8018 appendix A.4. */
  #pbes2(parameters: Element | undefined): EncryptionScheme {
    const [kdf, encryption] = this.#sequence(parameters)
    const { oid: cipher } = this.#algorithm(encryption)
    const isAES = AES_CBC.includes(cipher)
    if (!isAES && cipher !== TRIPLE_DES) throw this.#unsupported()
    const { oid, parameters: costs } = this.#algorithm(kdf)
    if (oid === SCRYPT) return { reader: 'openssl', protection: this.#scrypt(costs) }
    if (oid !== PBKDF2) throw this.#unsupported()
    return { reader: isAES ? 'core' : 'openssl', protection: this.#pbkdf2(costs) }
  }

  /** RFC 8018 appendix A.2: the salt, the iterations, and more that costs nothing. PKCS#12's are the same. */
  #pbkdf2(parameters: Element | undefined): KeyProtection {
    const [, count] = this.#sequence(parameters)
    if (count?.tag !== INTEGER) throw this.#malformed()
    const iterations = this.#number(count)
    if (iterations < 1) throw this.#refuse('its iteration count is not positive')
    if (iterations > MAX_PBKDF2_ITERATIONS) {
      throw this.#refuse(`it asks for more than ${MAX_PBKDF2_ITERATIONS} iterations`)
    }
    return { encryption: iterations < PBKDF2_ITERATIONS ? 'weak' : 'password', iterations }
  }

  /** RFC 7914 section 7: the salt, N, r, p, and the length of the key. */
  #scrypt(parameters: Element | undefined): KeyProtection {
    const numbers = this.#sequence(parameters).slice(1, 4)
    if (numbers.length !== 3 || numbers.some(({ tag }) => tag !== INTEGER)) throw this.#malformed()
    const [n, r, p] = numbers.map((number) => this.#number(number)) as [number, number, number]
    if (Math.min(n, r, p) < 1) throw this.#malformed()
    const cost = n * r * p
    if (cost > MAX_SCRYPT_COST || 128 * r * (n + p + 2) > MAX_SCRYPT_MEMORY) {
      throw this.#refuse(
        `its scrypt asks for more than N * r * p = ${MAX_SCRYPT_COST} or ${MAX_SCRYPT_MEMORY} bytes of memory`,
      )
    }
    return { encryption: cost < USUAL_SCRYPT_COST ? 'weak' : 'password' }
  }

  #algorithm(identifier: Element | undefined): { oid: string; parameters: Element | undefined } {
    const [name, parameters] = this.#sequence(identifier)
    if (name?.tag !== OBJECT_IDENTIFIER) throw this.#malformed()
    return { oid: Buffer.from(name.content).toString('hex'), parameters }
  }

  #sequence(element: Element | undefined): Element[] {
    const elements = element?.tag === SEQUENCE ? readElements(element.content) : undefined
    if (elements === undefined) throw this.#malformed()
    return elements
  }

  #number({ content }: Element): number {
    const number = decodeInteger(content)
    if (number === undefined) throw this.#malformed()
    return number
  }

  #malformed(): Error {
    return this.#refuse('it is damaged, or not DER of an EncryptedPrivateKeyInfo')
  }

  #unsupported(): Error {
    return this.#refuse(
      'it is encrypted in a way that is not read here: `openssl pkcs8 -topk8` writes one that is',
    )
  }
}
