import { KeyStoreError, SecurityError } from '../errors.js'

/** What can be seen without the password makes it impossible to read the key: `reason` says what. */
export function unreadable(reason: string): KeyStoreError {
  return new KeyStoreError('unreadable', `The private key cannot be read: ${reason}.`)
}

/**
 * The one error for all that shows only once the password was used. CBC does not authenticate: to say
 * whether the padding, the structure or the numbers were wrong would help whoever alters the ciphertext.
 */
export function undecryptable(): SecurityError {
  return new SecurityError(
    'decryption_failed',
    'The private key could not be decrypted: the password is wrong, the key is damaged, ' +
      'or it is not an RSA key of 2048 to 8192 bits with e = 65537.',
  )
}
