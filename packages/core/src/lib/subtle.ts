import { SecurityError } from '../errors.js'

/** The engine of WebCrypto, as the types of whoever compiles have it: those of Node 20 give it no global name. */
export type SubtleCrypto = typeof globalThis.crypto.subtle

/** A key in that engine. */
export type CryptoKey = Awaited<ReturnType<SubtleCrypto['importKey']>>

/**
 * `crypto.subtle`, looked up at each use so that importing this package does nothing.
 * @throws SecurityError `insecure_context` where it is missing: a browser page that is not served over
 * HTTPS or from localhost has none.
 */
export function subtle(): SubtleCrypto {
  const api = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined
  if (api === undefined) {
    throw new SecurityError(
      'insecure_context',
      'crypto.subtle is missing. Serve the page over https: or from http://localhost, or use a runtime with ' +
        'WebCrypto (Node 20.19 or later).',
    )
  }
  return api
}
