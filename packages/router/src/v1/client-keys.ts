/** The keys that answers are sealed to, as clients send them with each request. */
import { importPublicKey, SecurityError, type PublicKey } from '@nomyo/core'
import { Failure } from '../failure.js'

/** Percent-encoded characters; a key of 8192 bits has about 1700. */
const MAX_KEY_CHARACTERS = 4096
/** Some 5 KB each. */
const MAX_KEPT = 256

/**
 * A client sends the same key with every request, and checking and importing it takes a tenth of what the router does
 * for one: the keys that came last are kept as they were imported. They are public.
 */
export class ClientKeys {
  /** By the header that held it, the one that was used last at the end. */
  readonly #kept = new Map<string, PublicKey>()

  /** The key in an `X-Public-Key`. @throws Failure `client_key_missing`, `client_key_too_large`, `client_key_refused`. */
  async read(header: string | null): Promise<PublicKey> {
    if (header === null || header === '') throw new Failure('client_key_missing')
    if (header.length > MAX_KEY_CHARACTERS) throw new Failure('client_key_too_large')
    const key = this.#kept.get(header) ?? (await imported(header))
    this.#keep(header, key)
    return key
  }

  #keep(header: string, key: PublicKey): void {
    this.#kept.delete(header)
    this.#kept.set(header, key)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest!)
  }
}

async function imported(header: string): Promise<PublicKey> {
  try {
    return await importPublicKey(percentDecode(header))
  } catch (error) {
    if (SecurityError.isInstance(error) && error.code === 'key_refused')
      throw new Failure('client_key_refused')
    throw error
  }
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Failure('client_key_refused')
  }
}
