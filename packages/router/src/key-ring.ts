import { open, parsePlaintext, SecurityError } from '@nomyo/core'
import type { JsonObject, KeyPair, OpenedEnvelope, PublicKey } from '@nomyo/core'
import { Failure } from './failure.js'

/** Loads the keys as they are by now. */
export type ReloadKeys = () => Promise<KeyPair | readonly KeyPair[]>

/** ms between the end of one loading of keys and the next: a stranger can name as many unknown keys as he likes. */
const RELOAD_PAUSE = 1_000

/**
 * The router's keys: the first is the current one, the others still open what was sealed to them. Several
 * handles of one key are used in turn, because an engine may do the operations of one handle one by one.
 */
export class KeyRing {
  #current!: PublicKey
  #keys!: ReadonlyMap<string, Handles>
  #publicKeys!: readonly PublicKey[]
  readonly #reload: ReloadKeys | undefined
  readonly #now: () => number
  #reloadedAt = -Infinity
  #reloading: Promise<void> | undefined

  /** @throws TypeError if there is no key. */
  constructor(
    keys: KeyPair | readonly KeyPair[],
    reload?: ReloadKeys,
    now: () => number = () => performance.now(),
  ) {
    this.#hold(keys)
    this.#reload = reload
    this.#now = now
  }

  /** Every key once, the current one first. Another list after another set of keys. */
  get publicKeys(): readonly PublicKey[] {
    return this.#publicKeys
  }

  #hold(keys: KeyPair | readonly KeyPair[]): void {
    const pairs = Array.isArray(keys) ? (keys as readonly KeyPair[]) : [keys as KeyPair]
    const current = pairs[0]
    if (current === undefined || !pairs.every(isKeyPair)) {
      throw new TypeError('keys must be a key pair, or a list of at least one.')
    }
    const byFingerprint = new Map<string, KeyPair[]>()
    for (const pair of pairs) {
      const { fingerprint } = pair.publicKey
      byFingerprint.set(fingerprint, [...(byFingerprint.get(fingerprint) ?? []), pair])
    }
    this.#current = current.publicKey
    this.#publicKeys = [...byFingerprint.values()].map((handles) => handles[0]!.publicKey)
    this.#keys = new Map(
      [...byFingerprint].map(([fingerprint, handles]) => [fingerprint, new Handles(handles)]),
    )
  }

  /**
   * A handle of that key. Of one that the router has not, another replica may know: then the keys are loaded again,
   * though no more often than every {@link RELOAD_PAUSE} ms, whoever asks. Keys that cannot be loaded leave the old ones.
   */
  async findOrReload(fingerprint: string): Promise<KeyPair | undefined> {
    const known = this.find(fingerprint)
    if (known !== undefined || this.#reload === undefined) return known
    if (this.#reloading === undefined && this.#now() - this.#reloadedAt >= RELOAD_PAUSE) {
      this.#reloading = this.#load(this.#reload)
    }
    await this.#reloading
    return this.find(fingerprint)
  }

  async #load(reload: ReloadKeys): Promise<void> {
    try {
      this.#hold(await reload())
    } catch {
      // The one who loads them says what is wrong. For the client it is a key that is not known.
    } finally {
      this.#reloadedAt = this.#now()
      this.#reloading = undefined
    }
  }

  /** The key that clients shall seal to. */
  get current(): PublicKey {
    return this.#current
  }

  /** A handle of that key, if the router has it. */
  find(fingerprint: string): KeyPair | undefined {
    return this.#keys.get(fingerprint)?.next()
  }

  /**
   * The JSON object in a sealed request, whichever of the keys it was sealed to.
   * @throws Failure `undecryptable`: one and the same for every cause.
   */
  async open(envelope: Uint8Array, maxPlaintextBytes: number): Promise<JsonObject> {
    for (const handles of this.#keys.values()) {
      const opened = await tryOpen(envelope, handles.next(), maxPlaintextBytes)
      if (opened !== undefined) return parse(opened)
    }
    throw new Failure('undecryptable')
  }
}

/** Private keys that are all the same key. */
class Handles {
  readonly #pairs: readonly KeyPair[]
  #turn = 0

  constructor(pairs: readonly KeyPair[]) {
    this.#pairs = pairs
  }

  next(): KeyPair {
    this.#turn = (this.#turn + 1) % this.#pairs.length
    return this.#pairs[this.#turn]!
  }
}

async function tryOpen(
  envelope: Uint8Array,
  pair: KeyPair,
  maxPlaintextBytes: number,
): Promise<OpenedEnvelope | undefined> {
  try {
    return await open(envelope, pair, { kind: 'request', maxPlaintextBytes })
  } catch (error) {
    if (isUndecryptable(error)) return undefined
    throw error
  }
}

function parse({ plaintext }: OpenedEnvelope): JsonObject {
  try {
    return parsePlaintext(plaintext)
  } catch (error) {
    throw isUndecryptable(error) ? new Failure('undecryptable') : error
  } finally {
    plaintext.fill(0)
  }
}

function isUndecryptable(error: unknown): boolean {
  return SecurityError.isInstance(error) && error.code === 'decryption_failed'
}

function isKeyPair(value: KeyPair | undefined): boolean {
  return typeof value?.publicKey?.fingerprint === 'string' && value.privateKey?.type === 'private'
}
