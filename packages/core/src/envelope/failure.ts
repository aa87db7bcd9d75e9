import { SecurityError } from '../errors.js'

/**
 * The one error for an envelope that does not open, whatever the cause: a different answer for each cause
 * would tell an attacker how far an altered envelope got.
 */
export function undecryptable(): SecurityError {
  return new SecurityError(
    'decryption_failed',
    'The envelope could not be opened: it is malformed, of another version, altered on the way, ' +
      'or not sealed to this key.',
  )
}
