import { NomyoError } from '@nomyo/core'
import { isCertificateFault, OWN_AUTHORITY } from './certificates.js'
import { APIConnectionError, APITimeoutError, connectionFailed } from '../errors/api-error.js'

// Node's fetch has time limits of its own, 300 s each, for the headers and between two parts of the body.
const RUNTIME_TIMEOUTS = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']

/**
 * The typed error for whatever a fetch or a body rejected with. The original never becomes a `cause`: it
 * may hold the request with its Authorization header.
 */
export function connectionError(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason as Error
  if (NomyoError.isInstance(error)) return error
  const reason = systemCode(error)
  if (reason !== undefined && RUNTIME_TIMEOUTS.includes(reason)) {
    return new APITimeoutError(
      'The runtime’s own time limit ended the call before `timeout` did. Pass a `fetch` with a higher one.',
    )
  }
  return new APIConnectionError(reason, 'connection_failed', wordsFor(reason))
}

/** What happened and what to look at; not the address, which the caller knows and others need not. */
function wordsFor(reason: string | undefined): string {
  return `${connectionFailed(reason)} ${adviceOn(reason)}`
}

function adviceOn(reason: string | undefined): string {
  const reachable = 'See that baseURL is right and reachable'
  if (reason === undefined) return `${reachable}; in a browser, that the router allows this page’s origin.`
  if (isCertificateFault(reason)) {
    return `Its certificate is not valid for this address and time; ${OWN_AUTHORITY}`
  }
  if (reason === 'ECONNREFUSED') return 'Nothing listens at baseURL.'
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return 'The host name in baseURL is not known.'
  if (reason === 'EPROTO' || reason.startsWith('ERR_SSL_'))
    return 'Does baseURL say https: where the router speaks http:?'
  return `${reachable}.`
}

/** The first system error code, such as ECONNRESET, along the chain of causes. */
function systemCode(error: unknown): string | undefined {
  let current = error
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code)) return code
    current = cause ?? (Array.isArray(errors) ? (errors[0] as unknown) : undefined)
  }
  return undefined
}
