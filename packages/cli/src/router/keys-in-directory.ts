/** The router's keys in files. */
import { CURRENT_KEY, KeyManager, KeyStoreError, type KeyPair, type KeyStore } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { CommandFailure } from '../failure.js'
import { KEY_PASSWORD, locked } from '../keys/password.js'
import { warn } from '../terminal/notices.js'
import { HANDLES, type KeySource } from './key-source.js'

/** Those of a directory, in which a key is made if there is none: `say` is told before that. */
export function keysInDirectory(
  keyDir: string,
  password: string | undefined,
  say: (line: string) => void,
): KeySource {
  const load = (): Promise<readonly KeyPair[]> => routerKeys(keyDir, password, say)
  return { place: keyDir, load, reload: () => changedKeys(keyDir, password, load) }
}

/**
 * The router's key, kept in files between starts, so that a pin stays valid, and the one before it, to which
 * clients may still seal. It is never replaced by itself, since that would break every pin: `nomyo keys rotate`
 * does it.
 * @throws KeyStoreError `locked` if it is encrypted and there is no password.
 */
async function routerKeys(
  keyDir: string,
  password: string | undefined,
  say: (line: string) => void,
): Promise<readonly KeyPair[]> {
  const store = storeIn(keyDir, password)
  const manager = new KeyManager({
    store,
    rotation: { automatic: false },
    onEvent: (event) => {
      if (event.type === 'generating') {
        say('Generating the router’s RSA-4096 key, once; this may take some seconds.')
      }
    },
  })
  const current = await manager.current().catch((error: unknown) => {
    const isLocked = KeyStoreError.isInstance(error) && error.code === 'locked'
    throw isLocked ? locked(`The key in ${keyDir}`, KEY_PASSWORD) : error
  })
  const previous = await manager.previous()
  const handles = await moreHandles(store, current)
  return [current, ...handles, ...(previous === undefined ? [] : [previous])]
}

/** The keys as `nomyo keys rotate` has left them. Where there are none by now, none are made: a pin would break. */
async function changedKeys(
  keyDir: string,
  password: string | undefined,
  load: () => Promise<readonly KeyPair[]>,
): Promise<readonly KeyPair[]> {
  try {
    const current = await storeIn(keyDir, password).load(CURRENT_KEY)
    if (current === undefined) throw new CommandFailure('there are none.')
    return await load()
  } catch (error) {
    warn(`The keys in ${keyDir} cannot be loaded again: ${(error as Error).message}`)
    throw error
  }
}

/** Further handles of `current`, unless the store has another key by now. */
async function moreHandles(store: KeyStore, { publicKey }: KeyPair): Promise<readonly KeyPair[]> {
  const loading = Array.from({ length: HANDLES - 1 }, () => store.load(CURRENT_KEY))
  const records = await Promise.all(loading)
  return records.flatMap((record) =>
    record?.keyPair.publicKey.fingerprint === publicKey.fingerprint ? [record.keyPair] : [],
  )
}

function storeIn(dir: string, password: string | undefined): ReturnType<typeof pemKeyStore> {
  return pemKeyStore({ dir, ...(password === undefined ? {} : { password }) })
}
