import { open, parsePlaintext, SecurityError } from '@nomyo/core'
import type { JsonObject, KeyPair, OpenedEnvelope, PublicKey } from '@nomyo/core'
import { Failure } from './failure.js'

/**
 * The router's keys: the first is the current one, the others still open what was sealed to them. Several
 * handles of one key are used in turn, because an engine may do the operations of one handle one by one.
 */
export class KeyRing {
  readonly #current: PublicKey
  readonly #keys: ReadonlyMap<string, Handles>
  /** Every key once, the current one first. */
  readonly publicKeys: readonly PublicKey[]

  /** @throws TypeError if there is no key. */
  constructor(keys: KeyPair | readonly KeyPair[]) {
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
    this.publicKeys = [...byFingerprint.values()].map((handles) => handles[0]!.publicKey)
    this.#keys = new Map(
      [...byFingerprint].map(([fingerprint, handles]) => [fingerprint, new Handles(handles)]),
    )
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
