/** Errors in a word. */
import { NomyoError } from '@nomyo/client'

/** The class that belongs to each code which a fault may lead to. */
const CLASSES: Readonly<Record<string, string>> = {
  connection_failed: 'APIConnectionError',
  timeout: 'APITimeoutError',
  stream_truncated: 'StreamTruncatedError',
  decryption_failed: 'SecurityError',
  answer_mismatch: 'SecurityError',
  redirect_refused: 'SecurityError',
  envelope_refused: 'InvalidRequestError',
  invalid_request: 'InvalidRequestError',
  http_not_found: 'NotFoundError',
  api_error: 'APIError',
  server_error: 'ServerError',
}

/** The error's code, if it is typed and of the class that belongs to the code; what else it is in capitals. */
export function wordFor(error: unknown): string {
  if (!NomyoError.isInstance(error)) return `UNTYPED ${String(error)}`
  const { code, name } = error
  return CLASSES[code] === name ? code : `UNEXPECTED ${name} ${code}`
}
