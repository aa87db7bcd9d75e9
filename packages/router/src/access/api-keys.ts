import { subtle } from '@nomyo/core'

const MAX_KEY_CHARACTERS = 4096
const BEARER = /^bearer +([\x21-\x7e]+) *$/i

/** The API keys that a router accepts, compared by their SHA-256 digests in constant time. */
export class ApiKeys {
  readonly #keys: readonly string[]
  #digests: readonly Uint8Array[] | undefined

  /** @throws TypeError for an empty list, or for a key that no header could carry. */
  constructor(keys: readonly string[]) {
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new TypeError('apiKeys must name at least one key; leave it out if none shall be needed.')
    }
    if (!keys.every(isPresentable)) {
      throw new TypeError('apiKeys must be strings of 1 to 4096 visible ASCII characters.')
    }
    this.#keys = [...keys]
  }

  /** Whether an Authorization header (`Bearer`, RFC 6750 section 2.1) carries one of the keys. */
  async accepts(authorization: string | null): Promise<boolean> {
    const match =
      (authorization?.length ?? 0) > MAX_KEY_CHARACTERS + 16 ? null : BEARER.exec(authorization ?? '')
    const presented = await digestOf(match?.[1] ?? '')
    // Kept as values: Workers do not let one request wait for another's promise.
    this.#digests ??= await Promise.all(this.#keys.map(digestOf))
    let accepted = false
    // Every key is compared, so that the time does not tell which one matched.
    for (const digest of this.#digests) accepted = isSameDigest(digest, presented) || accepted
    return accepted
  }
}

function isPresentable(key: unknown): boolean {
  return typeof key === 'string' && key.length <= MAX_KEY_CHARACTERS && /^[\x21-\x7e]+$/.test(key)
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest('SHA-256', new TextEncoder().encode(text)))
}

function isSameDigest(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}
