import { KeyStoreError, SecureChatCompletion } from '@nomyo/client'
import type { ClientOptions } from '@nomyo/client'

/**
 * A client of the router that serves this page.
 * @throws SecurityError `insecure_context` where the browser gives the page no cryptography.
 */
export function pageClient(
  options: Pick<ClientOptions, 'keyStore' | 'onSeal' | 'onOpen'>,
): SecureChatCompletion {
  const { origin, protocol } = location
  // Over http: there is crypto.subtle on localhost only, so this never reaches out to a network in clear.
  return new SecureChatCompletion({ ...options, baseURL: origin, allowHttp: protocol === 'http:' })
}

/** How the page came to its key pair. */
export interface PreparedKey {
  readonly how: 'Generate key' | 'Load key'
  /** ms that it took. */
  readonly milliseconds: number
}

/** Loads the key pair of the store, or generates one if there is none; `onGenerate` is told before that. */
export async function prepareKey(client: SecureChatCompletion, onGenerate: () => void): Promise<PreparedKey> {
  const start = performance.now()
  try {
    await client.loadKeys()
    return { how: 'Load key', milliseconds: performance.now() - start }
  } catch (error) {
    if (!KeyStoreError.isInstance(error) || error.code !== 'not_found') throw error
  }
  onGenerate()
  await client.generateKeys()
  return { how: 'Generate key', milliseconds: performance.now() - start }
}
