/**
 * The errors of every layer that does not speak HTTP. All of them carry a `code` that is ours, hold no
 * prompt, answer, API key, password or private key, and never a `cause` that could.
 */

/** The `code` of every error that `@nomyo/core` and the key stores raise. */
export type CoreErrorCode = 'validation_failed' | 'payload_too_large' | KeyStoreErrorCode | SecurityErrorCode

/** What a {@link SecurityError} says about why it would not be safe to go on. */
export type SecurityErrorCode =
  | 'insecure_transport'
  | 'insecure_context'
  | 'certificate_checks_disabled'
  | 'redirect_refused'
  | 'cleartext_refused'
  | 'response_too_large'
  | 'answer_mismatch'
  | 'key_refused'
  | 'capabilities_refused'
  | 'decryption_failed'
  | 'downgrade_refused'
  | 'server_key_mismatch'
  | 'stream_truncated'

/** What a {@link KeyStoreError} says about the key. */
export type KeyStoreErrorCode =
  'not_found' | 'exists' | 'unreadable' | 'unwritable' | 'insecure_permissions' | 'locked' | 'busy'

// Registered, so that an error made by one copy of the package is recognised by another.
const KINDS = Symbol.for('@nomyo/core:error-kinds')

/** A constructor with a `kind`, as every error class here is. */
interface ErrorKind<T> {
  readonly prototype: T
  readonly kind: string
}

/**
 * The base of every error of this SDK. Switch on {@link NomyoError.code}; test for a class with its
 * `isInstance`, which also recognises errors from another copy or bundle of the package.
 */
export class NomyoError extends Error {
  /** The class's name, safe from minification. */
  static readonly kind: string = 'NomyoError'

  /** What went wrong, in a word that stays the same between versions. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
    const kinds: string[] = []
    for (let type: unknown = new.target; isErrorKind(type); type = Object.getPrototypeOf(type)) {
      kinds.push(type.kind)
    }
    Object.defineProperty(this, KINDS, { value: kinds })
  }

  /** The name of the class, which no minifier changes. */
  override get name(): string {
    return (this.constructor as typeof NomyoError).kind
  }

  /** Whether `value` is an error of this class, or of one derived from it, from any copy of the package. */
  static isInstance<T>(this: ErrorKind<T>, value: unknown): value is T {
    const kinds: unknown = typeof value === 'object' && value !== null && Reflect.get(value, KINDS)
    return Array.isArray(kinds) && kinds.includes(this.kind)
  }
}

function isErrorKind(value: unknown): value is ErrorKind<unknown> {
  return typeof value === 'function' && typeof (value as Partial<ErrorKind<unknown>>).kind === 'string'
}

/** The input is not one this SDK can send. Nothing was sent. Mend the argument that the message names. */
export class ValidationError extends NomyoError {
  static override readonly kind: string = 'ValidationError'

  constructor(message: string, code: string = 'validation_failed') {
    super(code, message)
  }
}

/** The payload is larger than `limit` bytes. Nothing was encrypted or sent. Send less. */
export class PayloadTooLargeError extends ValidationError {
  static override readonly kind: string = 'PayloadTooLargeError'
  /** The payload's size in bytes of UTF-8 JSON. */
  readonly size: number
  /** The most bytes that are allowed. */
  readonly limit: number

  constructor(size: number, limit: number) {
    super(`The payload has ${size} bytes, at most ${limit} are allowed.`, 'payload_too_large')
    this.size = size
    this.limit = limit
  }
}

/**
 * A key store could not do what it was asked. No key was replaced. The `code` says why: `not_found`; `exists`;
 * `unreadable` (damaged, or of a kind that is not read); `unwritable` (such as a full disk);
 * `insecure_permissions`; `locked` (encrypted: give its password); `busy` (another process holds it: try again).
 * A wrong password is a SecurityError `decryption_failed`.
 */
export class KeyStoreError extends NomyoError {
  static override readonly kind: string = 'KeyStoreError'
  declare readonly code: KeyStoreErrorCode

  constructor(code: KeyStoreErrorCode, message: string) {
    super(code, message)
  }
}

/**
 * Going on would not be safe, so the SDK stopped. Do not catch this to try again in clear: look at the
 * `code`, and find out who or what stands between you and the router.
 */
export class SecurityError extends NomyoError {
  static override readonly kind: string = 'SecurityError'
  declare readonly code: SecurityErrorCode

  constructor(code: SecurityErrorCode, message: string) {
    super(code, message)
  }
}

/** The router no longer offers a protocol version that it had offered before. Ask whoever runs it. */
export class DowngradeError extends SecurityError {
  static override readonly kind: string = 'DowngradeError'

  constructor(message: string) {
    super('downgrade_refused', message)
  }
}

/**
 * The router's key is not one that is pinned or remembered. Compare `received` with what the router's
 * operator publishes over another channel; if it is right, pin it, or call `trustServerKey(received)`.
 */
export class ServerKeyMismatchError extends SecurityError {
  static override readonly kind: string = 'ServerKeyMismatchError'
  /** The fingerprints that would have been accepted. */
  readonly expected: readonly string[]
  /** The fingerprint of the key that the router presented. */
  readonly received: string

  constructor(expected: readonly string[], received: string, known: 'pinned' | 'remembered') {
    const accepted = expected.join(', ')
    super(
      'server_key_mismatch',
      `The router’s key is ${received}, but ${accepted} is ${known}. Nothing was sent. If its operator confirms that, ` +
        (known === 'pinned' ? 'add it to serverKeyPins.' : 'call trustServerKey() with it.'),
    )
    this.expected = expected
    this.received = received
  }
}

/** The answer ended before its authenticated end. What arrived is incomplete. Ask again. */
export class StreamTruncatedError extends SecurityError {
  static override readonly kind: string = 'StreamTruncatedError'

  constructor() {
    super('stream_truncated', 'The answer ended before its final frame: it is incomplete.')
  }
}
