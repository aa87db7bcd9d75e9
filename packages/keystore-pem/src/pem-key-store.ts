import {
  exportPrivateKey,
  importPrivateKey,
  isSamePublicKey,
  KeyStoreError,
  ValidationError,
  type KeyRecord,
  type KeyStore,
  type PublicKey,
  type RouterTrust,
  type SaveOptions,
  type TrustStore,
} from '@nomyo/core'
import {
  creationTime,
  ifWritable,
  MAX_KEY_FILE_BYTES,
  publicKeyAgrees,
  publishPublicKey,
  publishRecord,
} from './companions.js'
import {
  fileIdentity,
  makeDirectory,
  publishFile,
  readFileIfAny,
  removeFile,
  removeLeftovers,
  syncDirectory,
  unreadable,
  type FileContent,
} from './files.js'
import { readKnownRouters, writeKnownRouter } from './known-routers.js'
import { environmentDirectory, KEY_NAMES, keyFiles, knownRoutersFile, type KeyFiles } from './layout.js'
import { assertOwnerOnly } from './permissions.js'
import { decodePrivateKey, encodePrivateKey } from './private-key-file.js'
import { warnUnencrypted } from './warnings.js'

const PRIVATE_MODE = 0o600
const MAX_REPLACEMENTS_SEEN = 5

/** Where a {@link pemKeyStore} keeps its files. */
export interface PemKeyStoreOptions {
  /** The directory; made with mode 0700 when first needed. Default: `client_keys` in the working directory. */
  readonly dir?: string
  /**
   * Keys of different environments never meet: `production`, the default, lives in `dir`, any other in
   * `dir/<environment>`. Letters, digits, dots, dashes and underscores.
   */
  readonly environment?: string
}

/**
 * Keeps keys in PEM files, and what is known of routers in a JSON file beside them. The key `current` is in
 * `private_key.pem` (mode 0600), `public_key.pem` and `private_key.json`; the key `previous` in files whose
 * names begin with `previous_`; there are no other names. Reads PKCS#8 and PKCS#1, writes PKCS#8, without a
 * password. Nothing is read or written before a method is called.
 *
 * Its methods throw KeyStoreError: `insecure_permissions` if others can reach the private key, own it, or can
 * write what is known of routers, `unreadable` if a file is damaged, encrypted, a symbolic link or contradicts
 * the private key, `exists`. A key that cannot be used stays as it is.
 * @throws ValidationError for an unusable `dir` or `environment`.
 */
export function pemKeyStore(options: PemKeyStoreOptions = {}): KeyStore & TrustStore {
  const { dir = 'client_keys', environment = 'production' } = options
  return new PemKeyStore(environmentDirectory(dir, environment))
}

class PemKeyStore implements KeyStore, TrustStore {
  readonly needsExportableKeys = true
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async load(name: string): Promise<KeyRecord | undefined> {
    const files = keyFiles(this.#directory, name)
    for (let seen = 0; seen < MAX_REPLACEMENTS_SEEN; seen++) {
      const file = await readFileIfAny(files.privateKey, MAX_KEY_FILE_BYTES, (stats) =>
        assertOwnerOnly(files.privateKey, stats),
      )
      if (file === undefined) return undefined
      const record = await this.#read(files, file)
      if (record !== undefined) return record
    }
    throw new KeyStoreError('locked', `${files.privateKey} is being replaced again and again.`)
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    const files = keyFiles(this.#directory, name)
    const { keyPair, createdAt } = record
    if (!Number.isFinite(createdAt)) throw new ValidationError('createdAt must be a time in ms since 1970.')
    const pkcs8 = await exportPrivateKey(keyPair)
    let pem: Uint8Array | undefined
    try {
      const { publicKey } = await importPrivateKey(pkcs8)
      if (!isSamePublicKey(publicKey, keyPair.publicKey)) {
        throw new ValidationError('The public key is not that of the private key.')
      }
      pem = encodePrivateKey(pkcs8)
      await this.#publish(files, pem, record, options.replace ?? false)
    } finally {
      pkcs8.fill(0)
      pem?.fill(0)
    }
    warnUnencrypted(this.#directory)
  }

  async delete(name: string): Promise<void> {
    const { privateKey, publicKey, record } = keyFiles(this.#directory, name)
    // Leftovers first: one may be a second name of the file, which would keep the key alive.
    await removeLeftovers(privateKey)
    for (const path of [privateKey, publicKey, record]) await removeFile(path)
    if ((await fileIdentity(this.#directory)) !== undefined) await syncDirectory(this.#directory)
  }

  async list(): Promise<readonly string[]> {
    const names: string[] = []
    for (const name of KEY_NAMES) {
      const { privateKey } = keyFiles(this.#directory, name)
      if ((await fileIdentity(privateKey)) !== undefined) names.push(name)
    }
    return names
  }

  async get(baseURL: string): Promise<RouterTrust | undefined> {
    return (await readKnownRouters(knownRoutersFile(this.#directory))).get(baseURL)
  }

  async set(baseURL: string, trust: RouterTrust): Promise<void> {
    await writeKnownRouter(knownRoutersFile(this.#directory), baseURL, trust)
  }

  /** The key of a file that was read; undefined if another has taken its place meanwhile. */
  async #read(files: KeyFiles, file: FileContent): Promise<KeyRecord | undefined> {
    const keyPair = await decodePrivateKey(file.bytes, files.privateKey).finally(() => file.bytes.fill(0))
    warnUnencrypted(this.#directory)
    const agrees = await publicKeyAgrees(files.publicKey, keyPair.publicKey)
    if (agrees === undefined) await ifWritable(publishPublicKey(files.publicKey, keyPair.publicKey, false))
    if ((await fileIdentity(files.privateKey)) !== file.identity) {
      if (agrees === undefined) await this.#dropOutdated(files.publicKey, keyPair.publicKey)
      return undefined
    }
    if (agrees === false) {
      throw unreadable(files.publicKey, `it is not the public key of ${files.privateKey}`)
    }
    return { keyPair, createdAt: await creationTime(files.record, keyPair.publicKey) }
  }

  /**
   * The private key appears or changes in one step. Its public key is taken away before and put back
   * after, so that no crash leaves one that contradicts it: a missing one is made again by `load`.
   */
  async #publish(files: KeyFiles, pem: Uint8Array, record: KeyRecord, replace: boolean): Promise<void> {
    const { publicKey } = record.keyPair
    await makeDirectory(this.#directory)
    for (const path of Object.values(files)) await removeLeftovers(path)
    if (!replace && (await fileIdentity(files.privateKey)) !== undefined) {
      throw new KeyStoreError('exists', `There is a key at ${files.privateKey} already.`)
    }
    await removeFile(files.publicKey)
    await syncDirectory(this.#directory)
    const identity = await publishFile(files.privateKey, pem, { mode: PRIVATE_MODE, replace })
    await publishPublicKey(files.publicKey, publicKey, true)
    await publishRecord(files.record, publicKey, record.createdAt, true)
    if ((await fileIdentity(files.privateKey)) !== identity) {
      await this.#dropOutdated(files.publicKey, publicKey)
    }
  }

  /** Removes the public key that this process has written, unless that of the newer private key is there. */
  async #dropOutdated(path: string, written: PublicKey): Promise<void> {
    if ((await publicKeyAgrees(path, written)) === true) await removeFile(path)
  }
}
