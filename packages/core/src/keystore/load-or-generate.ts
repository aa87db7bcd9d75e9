import { KeyStoreError } from '../errors.js'
import { generateKeyPair, type KeyPair } from '../keys/key-pair.js'
import type { KeyStore } from './keystore.js'

/** How a missing key is made. */
export interface LoadOrGenerateOptions {
  /** Called before a key is generated, which takes up to ten seconds. */
  readonly onGenerate?: () => void
}

/**
 * The key pair of that name, generated (RSA-4096) and saved if the store has none.
 * @throws KeyStoreError if there is one that cannot be read; it is never replaced.
 */
export async function loadOrGenerate(
  store: KeyStore,
  name: string,
  options: LoadOrGenerateOptions = {},
): Promise<KeyPair> {
  const stored = await store.load(name)
  if (stored !== undefined) return stored.keyPair
  options.onGenerate?.()
  const keyPair = await generateKeyPair({ exportable: store.needsExportableKeys ?? false })
  try {
    await store.save(name, { keyPair, createdAt: Date.now() })
  } catch (error) {
    if (!KeyStoreError.isInstance(error) || error.code !== 'exists') throw error
    // Another process was faster: its key is the one.
  }
  // What the store gives back cannot be exported, whatever it had to be to get there.
  return (await store.load(name))?.keyPair ?? keyPair
}
