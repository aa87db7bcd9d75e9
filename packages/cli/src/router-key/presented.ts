/** Asking a router for its key. */
import {
  memoryKeyStore,
  SecureChatCompletion,
  SecurityError,
  type ClientOptions,
  type Protocol,
  type TrustStore,
} from '@nomyo/client'
import { usageFailure } from '../failure.js'
import { whileWaiting } from '../terminal/waiting.js'

/** ms for the router's answer. */
const TIMEOUT = 30_000

/** What a router presents, whatever is remembered of it. */
export interface PresentedKey {
  /** The base URL in the form under which it is remembered. */
  readonly baseURL: string
  readonly fingerprint: string
  /** What a client would speak with it. */
  readonly protocol: Protocol | undefined
}

/** How a router is reached. */
export interface RouterAddress {
  readonly url: string
  readonly allowHttp: boolean
}

/** The router that is meant where none is named: that of `NOMYO_BASE_URL`, else NOMYO's. */
export function usualRouter(): string {
  return process.env['NOMYO_BASE_URL'] || 'https://api.nomyo.ai:12434'
}

/**
 * Asks the router for its key, and trusts nothing for it.
 * @throws SecurityError `insecure_transport` for http: unless that is allowed; what the client throws.
 */
export async function presentedKey(
  address: RouterAddress,
  options: Pick<ClientOptions, 'fetch' | 'timeout'> = {},
): Promise<PresentedKey> {
  let baseURL = address.url
  // Asked by the client for what is known of the router: nothing, so that whatever it presents is taken.
  const get: TrustStore['get'] = async (normalised) => {
    baseURL = normalised
    return undefined
  }
  const keyStore = Object.assign(memoryKeyStore(), { get })
  const client = clientFor(address, keyStore, options)
  const { fingerprint } = await whileWaiting('Asking the router for its key', () => client.serverKey())
  return { baseURL, fingerprint, protocol: client.protection().protocol }
}

/** A client for that router. @throws as `presentedKey`. */
export function clientFor(
  address: RouterAddress,
  keyStore: NonNullable<ClientOptions['keyStore']>,
  options: Pick<ClientOptions, 'fetch' | 'timeout'> = {},
): SecureChatCompletion {
  assertAddress(address)
  return new SecureChatCompletion({
    ...{ baseURL: address.url, allowHttp: address.allowHttp, keyStore },
    ...{ timeout: TIMEOUT, maxRetries: 0, logLevel: 'off', ...options },
  })
}

/**
 * Says in the command's words what the client would say in its own.
 * @throws CommandFailure (usage) for what is no URL; SecurityError `insecure_transport` for http: unless that is
 * allowed.
 */
export function assertAddress({ url, allowHttp }: RouterAddress): void {
  if (!/^https?:\/\//i.test(url)) {
    throw usageFailure('The address of the router must be a URL such as https://api.nomyo.ai:12434.')
  }
  if (/^http:/i.test(url) && !allowHttp) {
    throw new SecurityError(
      'insecure_transport',
      'Over http: anybody on the way can replace the router’s key. Use https:, or, for local development only, say --allow-http.',
    )
  }
}

/** The same fingerprint in hexadecimal: 64 digits. */
export function hexOf(fingerprint: string): string {
  return Buffer.from(fingerprint.replace(/^sha256\//, ''), 'base64').toString('hex')
}
