import type { KeyStoreWarning, Password } from '@nomyo/core'
import { environmentDirectory } from './files/layout.js'
import { PasswordSource } from './password.js'
import { Warnings } from './warnings.js'

/** Where a `pemKeyStore` keeps its files, and how. */
export interface PemKeyStoreOptions {
  /** The directory; made with mode 0700 when first needed. Default: `client_keys` in the working directory. */
  readonly dir?: string
  /**
   * Keys of different environments never meet: `production`, the default, lives in `dir`, any other in
   * `dir/<environment>`. Letters, digits, dots, dashes and underscores.
   */
  readonly environment?: string
  /**
   * Encrypts the private keys that are saved, and opens those that are encrypted: 1 to 1,023 bytes of UTF-8, or
   * a function that is asked when it is first needed. It must not be undefined, so that one that is missing is
   * noticed: leave it out to keep keys in clear.
   */
  readonly password?: Password
  /** Encrypts the private keys that are saved in place of `password`, for a tool that changes it. */
  readonly newPassword?: Password
  /** Whether private keys that are loaded may be exported, for a tool that moves them. Default: false. */
  readonly exportable?: boolean
  /** Told once for each directory and cause. Default: a process warning with the code `NOMYO_…`. */
  readonly onWarning?: (warning: KeyStoreWarning) => void
}

/** {@link PemKeyStoreOptions} after every check. */
export interface KeyPlace {
  /** Absolute. */
  readonly directory: string
  /** Opens. */
  readonly password: PasswordSource | undefined
  /** Encrypts. */
  readonly newPassword: PasswordSource | undefined
  readonly exportable: boolean
  readonly warnings: Warnings
}

/** @throws ValidationError for what cannot be used. */
export function resolveOptions(options: PemKeyStoreOptions): KeyPlace {
  const { dir = 'client_keys', environment = 'production', exportable = false, onWarning } = options
  const directory = environmentDirectory(dir, environment)
  const password = 'password' in options ? new PasswordSource(options.password) : undefined
  return {
    directory,
    password,
    newPassword: 'newPassword' in options ? new PasswordSource(options.newPassword) : password,
    exportable,
    warnings: new Warnings(directory, onWarning),
  }
}
