/** What a runtime is told before it starts. It travels as JSON. */
import type { Runtime } from '../support.ts'

export interface Context {
  readonly runtime: Runtime
  /** Where the host listens: for the vectors, and for reports. */
  readonly host: string
  /** A router of protocols 1.0 and 2.0. */
  readonly router: string
  /** The same router, as it would be if it spoke 1.0 only. */
  readonly oldRouter: string
  /** Answers every request with a redirect to the router. */
  readonly movedRouter: string
  /** The router over https:, with a certificate that nobody vouches for. */
  readonly strangeRouter: string
  /** An address where nobody listens. */
  readonly nowhere: string
  readonly apiKey: string
  /** The fingerprint of the router's key. */
  readonly pin: string
  /** What a bundler for pages says to `@nomyo/keystore-pem`. */
  readonly refusalOfBundler: string
  /** The test key `rsa2048`, as OpenSSL writes it. */
  readonly foreignKeys: ForeignKeys
  /** The path of OpenSSL. */
  readonly openssl: string
  /** A directory for files, where there are any. */
  readonly directory: string
  /** Where a Worker serves requests. */
  readonly ownAddress?: string
}

export interface ForeignKeys {
  readonly plain: string
  readonly aes256: EncryptedKey
  readonly aes192: EncryptedKey
}

export interface EncryptedKey {
  readonly pem: string
  readonly password: string
  /** Of PBKDF2. */
  readonly iterations: number
}
