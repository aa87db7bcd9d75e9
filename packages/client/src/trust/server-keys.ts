/** The router's key as protocol 1.0 has it: one PEM at an address of its own. */
import { importPublicKey, SecurityError } from '@nomyo/core'
import { readUpTo } from '../http/body.js'
import { SharedFetch } from '../http/shared-fetch.js'
import { fetchPublished, MAX_AGE, type PublishedSettings, type ServerKey } from './published.js'

const PATH = '/pki/public_key'
/** Bytes: an 8192-bit key is 1.5 KB of PEM. */
const MAX_KEY_BYTES = 64 * 1024

/** Fetches the router's key, once for all callers, and has it accepted. */
export class ServerKeys {
  readonly #shared: SharedFetch<ServerKey>

  constructor(settings: PublishedSettings) {
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

async function fetchKey(settings: PublishedSettings, signal: AbortSignal): Promise<ServerKey> {
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
