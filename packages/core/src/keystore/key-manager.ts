import { KeyStoreError, ValidationError } from '../errors.js'
import { generateKeyPair, type KeyPair } from '../keys/key-pair.js'
import { CURRENT_KEY, PREVIOUS_KEY, type KeyRecord, type KeyStore, type SaveOptions } from './keystore.js'
import { DAY, resolveRotation, type Rotation, type RotationOptions } from './rotation.js'

/** What happens to the key in use. Fingerprints are those of public keys, times in ms since 1970. */
export type KeyEvent =
  /** A key is about to be generated, which takes up to ten seconds. */
  | { readonly type: 'generating' }
  /** The key is replaced on its next use after `expiresAt`, or is to be replaced by hand. Told once a day. */
  | {
      readonly type: 'expiring'
      readonly fingerprint: string
      readonly createdAt: number
      readonly expiresAt: number
      readonly automatic: boolean
    }
  /** The key was replaced; the one before it is kept until `previousUntil`. */
  | {
      readonly type: 'rotated'
      readonly fingerprint: string
      readonly previous: string
      readonly previousUntil: number
    }
  /** An expired key could not be replaced, and is used on; tried again after an hour. */
  | { readonly type: 'rotation_failed'; readonly fingerprint: string; readonly error: unknown }
  /** A key whose time is over could not be deleted; tried again after an hour. */
  | { readonly type: 'cleanup_failed'; readonly error: unknown }

/** How a {@link KeyManager} is made. */
export interface KeyManagerOptions {
  readonly store: KeyStore
  readonly rotation?: RotationOptions | undefined
  /** Told what happens to the key. What it throws reaches the caller of the method that told it. */
  readonly onEvent?: ((event: KeyEvent) => void) | undefined
}

/** A key that is in use, and whether it is the store's. */
export interface KeyInUse extends KeyRecord {
  /** False for one that was given to `adopt`. */
  readonly isStored: boolean
}

const RETRY_AFTER = 60 * 60 * 1000

/**
 * The key pair in use: loaded from a store, generated (RSA-4096) only if the store has none, replaced when its
 * time is over. Whatever has to be done is done once, however many ask for it at the same time.
 */
export class KeyManager {
  readonly #store: KeyStore
  readonly #rotation: Rotation
  readonly #onEvent: (event: KeyEvent) => void
  #inUse: KeyInUse | undefined
  /** What is being done; the next thing waits for it. */
  #last: Promise<unknown> = Promise.resolve()
  /** The load, generation or rotation that `current` waits for. */
  #preparing: Promise<KeyInUse> | undefined
  #warnedAt = -Infinity
  #failedAt = -Infinity
  /** When the previous key is to be looked for next, to delete it. */
  #cleanUpAt = Infinity

  /** @throws ValidationError or TypeError for a rotation that is none. */
  constructor({ store, rotation, onEvent = () => undefined }: KeyManagerOptions) {
    this.#store = store
    this.#rotation = resolveRotation(rotation)
    this.#onEvent = onEvent
  }

  /** The key in use, if there is one by now; nothing is loaded for it. */
  get known(): KeyInUse | undefined {
    return this.#inUse
  }

  /**
   * The key pair to use now. A key that cannot be read is an error, never a reason for a new one; one that
   * has expired, but cannot be replaced, is used on.
   * @throws what the store throws.
   */
  async current(): Promise<KeyPair> {
    const inUse = this.#inUse
    if (inUse !== undefined && !this.#isDue(inUse)) {
      if (Date.now() >= this.#cleanUpAt) await this.#inTurn(() => this.#cleanUp())
      this.#warnIfExpiring(inUse)
      return inUse.keyPair
    }
    // Forgotten before it settles, so that whoever comes after a failure tries again.
    this.#preparing ??= this.#inTurn(() => this.#prepare()).finally(() => {
      this.#preparing = undefined
    })
    const prepared = await this.#preparing
    this.#warnIfExpiring(prepared)
    return prepared.keyPair
  }

  /** The key pair before the current one, for as long as it is kept. @throws what `current` throws. */
  async previous(): Promise<KeyPair | undefined> {
    await this.current()
    return (await this.#store.load(PREVIOUS_KEY))?.keyPair
  }

  /**
   * Generates a key pair and saves it.
   * @throws KeyStoreError `exists` if there is a readable key, or why the one there cannot be read.
   */
  async generate(): Promise<KeyRecord> {
    return this.#inTurn(async () => {
      if ((await this.#store.load(CURRENT_KEY)) !== undefined) {
        throw new KeyStoreError('exists', 'There is a key already: load it, or rotate it.')
      }
      return this.#use(await this.#generate())
    })
  }

  /**
   * Takes up the stored key, also in place of one that is in use.
   * @throws KeyStoreError `not_found` if there is none, or why it cannot be read.
   */
  async load(): Promise<KeyRecord> {
    return this.#inTurn(async () => {
      const stored = await this.#store.load(CURRENT_KEY)
      if (stored === undefined) throw new KeyStoreError('not_found', 'No key is stored: generate one.')
      return this.#use(stored)
    })
  }

  /**
   * Uses a key pair that is kept elsewhere, such as in a secret manager. It is not saved, and replaced only
   * there.
   */
  async adopt(record: KeyRecord): Promise<KeyRecord> {
    return this.#inTurn(async () => {
      this.#warnedAt = -Infinity
      return (this.#inUse = { ...record, isStored: false })
    })
  }

  /**
   * Replaces the stored key by a new one and keeps it as the previous key; generates one if there is none. If
   * another process has just done so, its key is taken up.
   * @throws ValidationError for a key that is kept elsewhere; what the store throws, and then the key stays.
   */
  async rotate(): Promise<KeyRecord> {
    return this.#inTurn(async () => {
      if (this.#inUse?.isStored === false) {
        throw new ValidationError('This key is kept elsewhere: replace it there, and load the new one.')
      }
      const stored = await this.#store.load(CURRENT_KEY)
      return this.#use(stored === undefined ? await this.#generate() : await this.#replace(stored))
    })
  }

  async #prepare(): Promise<KeyInUse> {
    // Another process may have replaced it meanwhile.
    const stored = (await this.#store.load(CURRENT_KEY)) ?? (await this.#generate())
    const inUse = this.#use(stored)
    await this.#cleanUp()
    if (!this.#isDue(inUse)) return inUse
    try {
      return this.#use(await this.#replace(stored))
    } catch (error) {
      this.#failedAt = Date.now()
      this.#onEvent({ type: 'rotation_failed', fingerprint: stored.keyPair.publicKey.fingerprint, error })
      return inUse
    }
  }

  async #replace(stored: KeyRecord): Promise<KeyRecord> {
    const { fingerprint } = stored.keyPair.publicKey
    const saved = await this.#generate({ replace: true, expected: fingerprint, keepAs: PREVIOUS_KEY })
    this.#onEvent({
      type: 'rotated',
      fingerprint: saved.keyPair.publicKey.fingerprint,
      previous: fingerprint,
      previousUntil: saved.createdAt + this.#rotation.grace,
    })
    return saved
  }

  /** Generates a key pair and saves it. If another process was faster, its key is the one. */
  async #generate(options?: SaveOptions): Promise<KeyRecord> {
    const record = await this.#newRecord()
    const { extractable } = record.keyPair.privateKey
    try {
      await this.#store.save(CURRENT_KEY, record, options)
      // Of one that can be exported the store may give back one that cannot.
      if (!extractable) return record
    } catch (error) {
      // A store may learn only now that its engine does not keep such a key.
      if (!extractable && this.#store.needsExportableKeys === true) return this.#generate(options)
      if (!isCode(error, 'exists')) throw error
    }
    return (await this.#store.load(CURRENT_KEY)) ?? record
  }

  async #newRecord(): Promise<KeyRecord> {
    this.#onEvent({ type: 'generating' })
    const keyPair = await generateKeyPair({ exportable: this.#store.needsExportableKeys ?? false })
    return { keyPair, createdAt: Date.now() }
  }

  #use(record: KeyRecord): KeyInUse {
    const { fingerprint } = record.keyPair.publicKey
    if (this.#inUse?.keyPair.publicKey.fingerprint !== fingerprint) this.#warnedAt = -Infinity
    this.#cleanUpAt = record.createdAt + this.#rotation.grace
    return (this.#inUse = { ...record, isStored: true })
  }

  /** Deletes the previous key once the current one has been in use for longer than the time of grace. */
  async #cleanUp(): Promise<void> {
    if (Date.now() < this.#cleanUpAt) return
    this.#cleanUpAt = Infinity
    try {
      if ((await this.#store.list()).includes(PREVIOUS_KEY)) await this.#store.delete(PREVIOUS_KEY)
    } catch (error) {
      this.#cleanUpAt = Date.now() + RETRY_AFTER
      this.#onEvent({ type: 'cleanup_failed', error })
    }
  }

  #isDue({ createdAt, isStored }: KeyInUse): boolean {
    const { automatic, maxAge } = this.#rotation
    const now = Date.now()
    return automatic && isStored && now >= createdAt + maxAge && now >= this.#failedAt + RETRY_AFTER
  }

  #warnIfExpiring({ keyPair, createdAt, isStored }: KeyInUse): void {
    const { maxAge, warnFor, automatic } = this.#rotation
    const now = Date.now()
    const expiresAt = createdAt + maxAge
    if (now < expiresAt - warnFor || now < this.#warnedAt + DAY) return
    this.#warnedAt = now
    const { fingerprint } = keyPair.publicKey
    this.#onEvent({ type: 'expiring', fingerprint, createdAt, expiresAt, automatic: automatic && isStored })
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function isCode(error: unknown, code: string): boolean {
  return KeyStoreError.isInstance(error) && error.code === code
}
