/** How failures are told: by the file's name and the system's code, never by what the file holds. */
import { KeyStoreError } from '@nomyo/core'

/** A KeyStoreError `unreadable` about a file, or about whatever else `subject` names. */
export function unreadable(subject: string, reason: string): KeyStoreError {
  return new KeyStoreError('unreadable', `${subject} cannot be used: ${reason}. Nothing was changed.`)
}

/** The `code` of an error of the operating system. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** What the operating system refused, by its code only: its messages may quote more than we want to show. */
export function asUnreadable(error: unknown, path: string): unknown {
  return asKeyStoreError(
    error,
    (code) => new KeyStoreError('unreadable', `${path} could not be read (${code}).`),
  )
}

/** The same for what was to be written: `done` is what could not be done. */
export function asUnwritable(error: unknown, path: string, done: 'made' | 'written' | 'removed'): unknown {
  return asKeyStoreError(
    error,
    (code) => new KeyStoreError('unwritable', `${path} could not be ${done} (${code}).`),
  )
}

function asKeyStoreError(error: unknown, make: (code: string) => KeyStoreError): unknown {
  const code = codeOf(error)
  return KeyStoreError.isInstance(error) || typeof code !== 'string' ? error : make(code)
}
