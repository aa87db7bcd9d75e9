import type { Connection } from './connection.js'
import type { Protocol } from './exchange/exchange.js'

/** What protects a client right now, as far as it knows without asking the network or the store. */
export interface Protection {
  /** How requests travel; undefined before the router was asked what it offers. */
  readonly protocol: Protocol | undefined
  /** `http:` only with `allowHttp`. */
  readonly transport: 'https' | 'http'
  /** The router's key. */
  readonly serverKey: {
    /** By `serverKeyPins`; by the first key that was seen; or not yet known. */
    readonly trust: 'pinned' | 'first-use' | 'unknown'
    readonly fingerprint: string | undefined
    /** In ms since 1970. */
    readonly firstSeen: number | undefined
    /** Whether a changed key is noticed after a restart. */
    readonly isRemembered: boolean
  }
  /** Our own key. */
  readonly clientKey: {
    readonly fingerprint: string | undefined
    /** In ms since 1970. */
    readonly createdAt: number | undefined
    /** In memory, gone with the process; in the key store; given to `loadKeys`. */
    readonly kept: 'memory' | 'store' | 'elsewhere'
    /** Whether scripts could read the private key out of the runtime; undefined before it is loaded. */
    readonly isExportable: boolean | undefined
  }
  /** What is overwritten after use. */
  readonly overwritten: readonly string[]
  /** What is left to the garbage collector. */
  readonly notOverwritten: readonly string[]
  /** What this protocol does not give. */
  readonly notProtected: readonly string[]
}

const OVERWRITTEN = [
  'the plaintext of a request, after sealing',
  'the plaintext of an answer, after parsing',
  'private keys in PKCS#8 on their way into the runtime',
]
const NOT_OVERWRITTEN = [
  'strings: your prompt, the parsed answer, API keys, passwords',
  'copies that the engine makes',
]
const NEVER_PROTECTED = ['forward secrecy', 'sizes, times, and the API key, beyond TLS']
const NOT_PROTECTED_BY_1 = [
  'the answer’s origin and its tie to the request, beyond TLS',
  'replay of a request',
]

/** What is known of a connection. */
export function protectionOf(connection: Connection): Protection {
  const { baseURL, pins, keyStore } = connection.options
  const [server, own] = [connection.knownServerKey, connection.knownClientKey]
  const protocol = connection.negotiation.chosen
  return {
    protocol,
    transport: baseURL.startsWith('https:') ? 'https' : 'http',
    serverKey: {
      trust: pins !== undefined ? 'pinned' : server === undefined ? 'unknown' : 'first-use',
      fingerprint: server?.publicKey.fingerprint,
      firstSeen: server?.firstSeen,
      isRemembered: pins !== undefined || (keyStore.get !== undefined && keyStore.volatile !== true),
    },
    clientKey: {
      fingerprint: own?.keyPair.publicKey.fingerprint,
      createdAt: own?.createdAt,
      kept: own?.isStored === false ? 'elsewhere' : keyStore.volatile === true ? 'memory' : 'store',
      isExportable: own?.keyPair.privateKey.extractable,
    },
    overwritten: OVERWRITTEN,
    notOverwritten: NOT_OVERWRITTEN,
    notProtected: protocol === '2.0' ? NEVER_PROTECTED : [...NOT_PROTECTED_BY_1, ...NEVER_PROTECTED],
  }
}
