import { KeyStoreError, SecureChatCompletion } from '@nomyo/client'
import type { ClientOptions, KeyInfo } from '@nomyo/client'

/** Which protocol is spoken: the newest that the router offers, or 1.0 to see what is different. */
export type ChosenProtocol = 'auto' | '1.0'

/** What a client of this page is given. */
export type PageClientOptions = Pick<
  ClientOptions,
  'keyStore' | 'serverKeyPins' | 'onSeal' | 'onOpen' | 'onKeyEvent'
>

/** A client for each protocol that can be chosen, over the same keys and the same trust. */
export type PageClients = Readonly<Record<ChosenProtocol, SecureChatCompletion>>

/**
 * Clients of the router that serves this page.
 * @throws SecurityError `insecure_context` where the browser gives the page no cryptography.
 */
export function pageClients(options: PageClientOptions): PageClients {
  const { origin, protocol } = location
  // Over http: there is crypto.subtle on localhost only, so this never reaches out to a network in clear.
  const common = { ...options, baseURL: origin, allowHttp: protocol === 'http:' }
  return {
    'auto': new SecureChatCompletion({ ...common, protocol: 'auto' }),
    '1.0': new SecureChatCompletion({ ...common, protocol: '1.0' }),
  }
}

/** The key pair in use, and how the page came to it. */
export interface PreparedKey extends KeyInfo {
  readonly how: 'generated' | 'loaded'
  /** ms that it took. */
  readonly milliseconds: number
}

/** Loads the key pair of the store, if there is one. */
export async function storedKey(client: SecureChatCompletion): Promise<PreparedKey | undefined> {
  try {
    return await timed('loaded', () => client.loadKeys())
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error
    return undefined
  }
}

/** Loads the key pair of the store; generates one only if there is none. */
export async function prepareKey(client: SecureChatCompletion): Promise<PreparedKey> {
  const stored = await storedKey(client)
  if (stored !== undefined) return stored
  try {
    return await timed('generated', () => client.generateKeys())
  } catch (error) {
    if (!isCode(error, 'exists')) throw error
  }
  // Another tab was faster: its key is the one.
  return timed('loaded', () => client.loadKeys())
}

/** Puts a new key pair in place of the one in use. */
export async function replaceKey(client: SecureChatCompletion): Promise<PreparedKey> {
  return timed('generated', () => client.rotateKeys())
}

async function timed(how: PreparedKey['how'], task: () => Promise<KeyInfo>): Promise<PreparedKey> {
  const start = performance.now()
  const { fingerprint, createdAt } = await task()
  return { fingerprint, createdAt, how, milliseconds: performance.now() - start }
}

function isCode(error: unknown, code: string): boolean {
  return KeyStoreError.isInstance(error) && error.code === code
}
