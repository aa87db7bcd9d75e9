import type { KeyRecord, KeyStore, RouterTrust, SaveOptions, SetOptions, TrustStore } from '@nomyo/core'
import { KEY_NAMES, keyFiles } from './files/layout.js'
import { fileIdentity } from './files/reading.js'
import { deleteKey } from './keys/deleting.js'
import { describeKey, type KeyFileInfo } from './keys/description.js'
import { loadKey } from './keys/loading.js'
import { saveKey } from './keys/saving.js'
import { getKnownRouter, setKnownRouter } from './known-routers.js'
import { resolveOptions, type KeyPlace, type PemKeyStoreOptions } from './options.js'

/** A store over files, which can also be looked at. */
export interface PemKeyStore extends KeyStore, TrustStore {
  /** The absolute directory of its environment. */
  readonly directory: string
  /** What can be said of the key of that name without its password; undefined if there is none. */
  describe(name: string): Promise<KeyFileInfo | undefined>
}

/**
 * Keeps keys in PEM files, and what is known of routers in a JSON file beside them. The key `current` is in
 * `private_key.pem` (mode 0600), `public_key.pem` and `private_key.json`; the key `previous` in files whose
 * names begin with `previous_`; there are no other names. Writes PKCS#8 (RFC 5958), encrypted with PBES2 (RFC
 * 8018: PBKDF2-HMAC-SHA-256, 600,000 iterations, AES-256-CBC) if there is a password; reads what
 * `readPrivateKeyPem` reads. Nothing is read or written before a method is called. Processes that change files
 * in a directory wait for one another; loading waits for nobody.
 *
 * Its methods throw KeyStoreError: `locked` if a key is encrypted and the store has no password;
 * `insecure_permissions` if others can reach the private key, own it, or can write the directory or what is
 * known of routers; `unreadable` if a file is damaged, a symbolic link or contradicts the private key;
 * `unwritable` if the system refuses to write; `busy` if another process holds the directory for 10 s;
 * `exists`, `not_found`. A wrong password is a SecurityError `decryption_failed`. A key that cannot be used
 * stays as it is.
 * @throws ValidationError for an unusable `dir` or `environment`, or a password that is empty or undefined.
 */
export function pemKeyStore(options: PemKeyStoreOptions = {}): PemKeyStore {
  return new FileKeyStore(resolveOptions(options))
}

class FileKeyStore implements PemKeyStore {
  readonly needsExportableKeys = true
  readonly #place: KeyPlace

  constructor(place: KeyPlace) {
    this.#place = place
  }

  get directory(): string {
    return this.#place.directory
  }

  async describe(name: string): Promise<KeyFileInfo | undefined> {
    return describeKey(this.#place, name)
  }

  async load(name: string): Promise<KeyRecord | undefined> {
    return loadKey(this.#place, name)
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    await saveKey(this.#place, name, record, options)
  }

  async delete(name: string): Promise<void> {
    await deleteKey(this.directory, name)
  }

  async list(): Promise<readonly string[]> {
    const names: string[] = []
    for (const name of KEY_NAMES) {
      const { privateKey } = keyFiles(this.directory, name)
      if ((await fileIdentity(privateKey)) !== undefined) names.push(name)
    }
    return names
  }

  async get(baseURL: string): Promise<RouterTrust | undefined> {
    return getKnownRouter(this.directory, baseURL)
  }

  async set(baseURL: string, trust: RouterTrust, options: SetOptions = {}): Promise<void> {
    await setKnownRouter(this.directory, baseURL, trust, options)
  }
}
