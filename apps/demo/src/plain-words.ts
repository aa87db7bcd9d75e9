/** What an error means, for the person who reads the page. */
import { APIError, NomyoError } from '@nomyo/client'

/** An error in words. */
export interface Explanation {
  /** What happened and what to do. */
  readonly words: string
  /** The error's own message, where it says more. */
  readonly detail: string | undefined
  /** Its class and code. */
  readonly label: string
}

const BY_CODE: Readonly<Record<string, string>> = {
  aborted: 'You stopped this message. If it had left already, the router may have worked on it all the same.',
  connection_failed: 'The router cannot be reached. See that it runs and that you are online, then retry.',
  timeout: 'The router took too long. Retry, or ask for less.',
  insecure_context:
    'The browser gives this page no cryptography, because it was not opened over https: or from localhost. ' +
    'Open it at http://localhost on the machine that runs the router, or over https:. Nothing was sent.',
  server_key_mismatch:
    'The router shows another key than the one this page trusts. It may have been replaced, or somebody ' +
    'stands between you and the router. Nothing was sealed to it. Compare the two keys before you go on.',
  decryption_failed:
    'The answer could not be opened: it was changed on the way, or sealed to another key. Do not rely on it.',
  answer_mismatch: 'The answer belongs to another request, so it is not shown.',
  stream_truncated:
    'The answer ended before its last part: something on the way cut it off. What arrived is real, but not all.',
  envelope_refused:
    'The router refused this envelope: it was changed on the way, is too old, or was seen before. A retry is sealed afresh.',
  key_refused: 'The router’s key is not one that may be used, so nothing was sent.',
  redirect_refused: 'The router pointed to another address. That is not followed, so nothing went there.',
  response_too_large: 'The answer was too large and was not read. Ask for less.',
  payload_too_large: 'The conversation has grown too large to send. Reload the page to start afresh.',
  unreadable:
    'What this browser keeps for the page cannot be read, and stays as it is. To start afresh, with a new key ' +
    'and without the memory of the router’s, clear this site’s data and reload the page.',
  unwritable: 'The browser could not store the key: its storage may be full. Make room, and reload the page.',
  validation_failed: 'This cannot be sent as it is.',
  invalid_request: 'The router refused this request.',
  unauthorized: 'The router asks for an API key that this page does not have.',
  forbidden: 'The router does not allow this, or not this model.',
  http_not_found: 'The router does not know this model, or offers no encrypted chat.',
  rate_limited: 'Too many messages in a short time. Wait a little, then retry.',
  service_unavailable: 'The router is busy. Wait a little, then retry.',
  server_error: 'The router, or the model behind it, failed. Retry, or try another model.',
}

/** Puts an error into words; never its stack. */
export function explain(error: unknown): Explanation {
  if (!NomyoError.isInstance(error)) {
    const label = error instanceof Error ? error.name : 'unknown error'
    return { words: 'Something in this page went wrong. Reload it, and retry.', detail: undefined, label }
  }
  const label = `${error.name} · ${error.code}`
  const words = BY_CODE[error.code]
  if (words === undefined) return { words: error.message, detail: undefined, label }
  return { words, detail: error.code === 'aborted' ? undefined : detailOf(error), label }
}

function detailOf(error: NomyoError): string {
  const isStranger = APIError.isInstance(error) && !error.authenticated
  return isStranger ? `${error.message} (Not sealed: anybody on the way could have said so.)` : error.message
}
