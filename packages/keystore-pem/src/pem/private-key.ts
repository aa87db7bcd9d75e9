import type { KeyPair } from '@nomyo/core'

/** How a private key is protected where it is kept. */
export interface KeyProtection {
  /** `none`: in clear; `password`: as we write it, or stronger; `weak`: with a password, but easy to guess. */
  readonly encryption: 'none' | 'password' | 'weak'
  /** The iterations of PBKDF2, if that is what it is encrypted with. */
  readonly iterations?: number
}

/** A private key that was read, and how it was protected. */
export interface ReadPrivateKey {
  readonly keyPair: KeyPair
  readonly protection: KeyProtection
}
