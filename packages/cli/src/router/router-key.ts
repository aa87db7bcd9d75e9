import { generateKeyPair, KeyStoreError, type KeyPair, type KeyStore } from '@nomyo/core'

const CURRENT = 'current'

/**
 * The router's key pair, generated and saved if the store has none, so that a pin stays valid between starts.
 * @throws KeyStoreError if there is one that cannot be read; it is never replaced.
 */
export async function routerKey(store: KeyStore, onGenerate: () => void): Promise<KeyPair> {
  const stored = await store.load(CURRENT)
  if (stored !== undefined) return stored.keyPair
  onGenerate()
  const keyPair = await generateKeyPair({ exportable: true })
  try {
    await store.save(CURRENT, { keyPair, createdAt: Date.now() })
  } catch (error) {
    if (!KeyStoreError.isInstance(error) || error.code !== 'exists') throw error
    // Another router was faster: its key is the one.
  }
  // Loaded again, because what the store gives back cannot be exported.
  return (await store.load(CURRENT))?.keyPair ?? keyPair
}
