import { KeyStoreError, ValidationError, type KeyRecord } from '@nomyo/core'
import { assertWorking } from '@nomyo/core/pkcs8'
import type { KeyTable, StagedKey } from './key-table.js'
import { encrypt, keep, recover, type Protection } from './protection.js'
import type { StoredKey, StoredPrivateKey } from './stored-key.js'

type Form = 'live' | 'wrapped'

/** Writes keys in the form that this engine keeps, and finds out which that is. */
export class Staging {
  readonly #table: KeyTable
  readonly #protection: Protection
  /** The form that is known to be kept. */
  #form: Form | undefined

  constructor(table: KeyTable, protection: Protection) {
    this.#table = table
    this.#protection = protection
  }

  /** Whether keys are written in a form that needs extractable private keys, as far as is known. */
  get needsExportableKeys(): boolean {
    const { password, exportable } = this.#protection
    return exportable || password !== undefined || this.#form === 'wrapped'
  }

  /** Takes note of the form in which a key was kept. */
  learn({ form }: StoredPrivateKey): void {
    if (form !== 'encrypted') this.#form ??= form
  }

  /**
   * Writes a record, reads it back and uses it once. Undefined if the engine keeps it in no form.
   * @throws KeyStoreError `unwritable`; ValidationError for a key that would have to be exportable, or whose two halves
   * do not belong together.
   */
  async stage(record: KeyRecord): Promise<StagedKey | undefined> {
    const { password } = this.#protection
    if (password !== undefined) {
      return this.#stageEncrypted(record, await encrypt(record, password, this.#protection))
    }
    for (const form of this.#form === 'wrapped' ? (['wrapped'] as const) : (['live', 'wrapped'] as const)) {
      if (form === 'wrapped') this.#assertExportable(record)
      const staged = await this.#write(record, await keep(record, form, this.#protection))
      if (staged === undefined) continue
      this.#form = form
      return staged
    }
    this.#form = undefined
    return undefined
  }

  async #stageEncrypted(record: KeyRecord, stored: StoredKey): Promise<StagedKey> {
    const staged = await this.#write(record, stored)
    if (staged !== undefined) return staged
    throw new KeyStoreError(
      'unwritable',
      'The key could not be read back once it was written. Nothing was changed.',
    )
  }

  async #write(record: KeyRecord, stored: StoredKey): Promise<StagedKey | undefined> {
    const use = (readBack: StoredKey): Promise<KeyRecord> => recover(readBack, 'The key', this.#protection)
    const staged = await this.#table.stage(stored, use)
    // Of a pair that never worked the engine has lost nothing. Asked only then: it takes as long as all the rest.
    if (staged === undefined) await assertMatching(record)
    return staged
  }

  #assertExportable({ keyPair }: KeyRecord): void {
    if (keyPair.privateKey.extractable) return
    this.#form = 'wrapped'
    throw new ValidationError(
      'This browser does not store private keys as they are: generate the key with exportable: true, ' +
        'so that it can be stored encrypted.',
    )
  }
}

/** @throws ValidationError if the two halves of the pair do not belong together. */
export async function assertMatching({ keyPair }: KeyRecord): Promise<void> {
  await assertWorking(keyPair).catch(() => {
    throw new ValidationError('The public key is not that of the private key.')
  })
}
