/** Asking a router for its key. */
import {
  memoryKeyStore,
  SecureChatCompletion,
  SecurityError,
  type ClientOptions,
  type TrustStore,
} from '@nomyo/client'
import { usageFailure } from '../failure.js'

/** ms for the router's answer. */
const TIMEOUT = 30_000

/** What a router presents, whatever is remembered of it. */
export interface PresentedKey {
  /** The base URL in the form under which it is remembered. */
  readonly baseURL: string
  readonly fingerprint: string
}

/** How a router is reached. */
export interface RouterAddress {
  readonly url: string
  readonly allowHttp: boolean
}

/**
 * Asks the router for its key, and trusts nothing for it.
 * @throws SecurityError `insecure_transport` for http: unless that is allowed; what the client throws.
 */
export async function presentedKey(address: RouterAddress): Promise<PresentedKey> {
  let baseURL = address.url
  // Asked by the client for what is known of the router: nothing, so that whatever it presents is taken.
  const get: TrustStore['get'] = async (normalised) => {
    baseURL = normalised
    return undefined
  }
  const keyStore = Object.assign(memoryKeyStore(), { get })
  const { fingerprint } = await clientFor(address, keyStore).serverKey()
  return { baseURL, fingerprint }
}

/** A client for that router. @throws as `presentedKey`. */
export function clientFor(
  { url, allowHttp }: RouterAddress,
  keyStore: NonNullable<ClientOptions['keyStore']>,
): SecureChatCompletion {
  if (!/^https?:\/\//i.test(url)) {
    throw usageFailure('The address of the router must be a URL such as https://api.nomyo.ai:12434.')
  }
  if (/^http:/i.test(url) && !allowHttp) {
    throw new SecurityError(
      'insecure_transport',
      'Over http: anybody on the way can replace the router’s key. Use https:, or, for local development only, say --allow-http.',
    )
  }
  return new SecureChatCompletion({
    ...{ baseURL: url, allowHttp, keyStore },
    ...{ timeout: TIMEOUT, maxRetries: 0, logLevel: 'off' },
  })
}

/** The same fingerprint in hexadecimal: 64 digits. */
export function hexOf(fingerprint: string): string {
  return Buffer.from(fingerprint.replace(/^sha256\//, ''), 'base64').toString('hex')
}
