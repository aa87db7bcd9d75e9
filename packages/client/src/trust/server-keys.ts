/** The router's key as protocol 1.0 has it: one PEM at an address of its own. */
import { importPublicKey, SecurityError, type PublicKey } from '@nomyo/core'
import { errorFromResponse } from '../errors/from-response.js'
import { readUpTo } from '../http/body.js'
import { SharedFetch } from '../http/shared-fetch.js'
import type { Transport } from '../http/transport.js'
import type { AcceptedKey, TrustPolicy } from './trust-policy.js'

const PATH = '/pki/public_key'
/** Bytes: an 8192-bit key is 1.5 KB of PEM. */
const MAX_KEY_BYTES = 64 * 1024
/** ms for which what a router publishes is used without asking again. */
export const MAX_AGE = 3_600_000

/** A router's key that was accepted. */
export interface ServerKey extends AcceptedKey {
  readonly publicKey: PublicKey
}

/** What fetching what a router publishes needs. */
export interface ServerKeysSettings {
  /** Normalised. */
  readonly baseURL: string
  /** What travels with the request, lower-case names; no Authorization: this answer is public. */
  readonly headers: Readonly<Record<string, string>>
  /** ms for fetching it. */
  readonly timeout: number
  readonly transport: Transport
  readonly policy: TrustPolicy
}

/** Fetches the router's key, once for all callers, and has it accepted. */
export class ServerKeys {
  readonly #shared: SharedFetch<ServerKey>

  constructor(settings: ServerKeysSettings) {
    const fetch = (signal: AbortSignal): Promise<ServerKey> => fetchKey(settings, signal)
    this.#shared = new SharedFetch({ name: 'key', timeout: settings.timeout, maxAge: () => MAX_AGE, fetch })
  }

  /** The key that was fetched last, if it still counts. */
  get known(): ServerKey | undefined {
    return this.#shared.known
  }

  /** The key to seal to. @throws SecurityError if it must not be used; what a failed fetch throws. */
  async current(signal: AbortSignal): Promise<ServerKey> {
    return this.#shared.get(signal)
  }

  /** The key that the router presents now, after it could not use `stale`. */
  async renew(stale: ServerKey, signal: AbortSignal): Promise<ServerKey> {
    return this.#shared.renew(stale, signal)
  }

  /** Makes the next use fetch the key again. */
  forget(): void {
    this.#shared.forget()
  }
}

async function fetchKey(settings: ServerKeysSettings, signal: AbortSignal): Promise<ServerKey> {
  const { body } = await fetchPublished(PATH, settings, signal)
  const pem = await readUpTo(body, MAX_KEY_BYTES, signal)
  if (pem === undefined) {
    throw new SecurityError(
      'key_refused',
      `The RSA key is refused: it is larger than ${MAX_KEY_BYTES} bytes.`,
    )
  }
  const publicKey = await importPublicKey(new TextDecoder().decode(pem))
  return { publicKey, ...(await settings.policy.accept(publicKey.fingerprint)) }
}

/** What a router publishes at `path`. @throws APIError for a status of 400 and above, but for one that is `expected`. */
export async function fetchPublished(
  path: string,
  { baseURL, headers, transport }: ServerKeysSettings,
  signal: AbortSignal,
  expected?: number,
): Promise<Response> {
  const response = await transport({ url: baseURL + path, method: 'GET', headers, signal })
  const { status, body } = response
  if (status < 400 || status === expected) return response
  throw await errorFromResponse({ status, headers: response.headers, body, authenticated: false }, [], signal)
}
