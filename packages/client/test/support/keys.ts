/** Key pairs from the fixtures, so that no test waits for RSA generation where generation is not its subject. */
import { readFileSync } from 'node:fs'
import { importPrivateKey, memoryKeyStore, type KeyPair, type KeyStore, type TrustStore } from '@nomyo/core'

/** The names in `fixtures/test-keys.json`, each with its size in bits. */
export type TestKeyName = 'router2048' | 'client2048' | 'other2048' | 'router4096' | 'client4096'

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/test-keys.json', import.meta.url), 'utf8'),
) as Record<TestKeyName, string>

const imported = new Map<TestKeyName, Promise<KeyPair>>()

/** PKCS#8 DER of a fixture key in base64. */
export function testKeyBase64(name: TestKeyName): string {
  return fixtures[name]
}

/** A fixture key pair, imported once. */
export function testKeyPair(name: TestKeyName): Promise<KeyPair> {
  const known = imported.get(name) ?? importPrivateKey(Buffer.from(fixtures[name], 'base64'))
  imported.set(name, known)
  return known
}

/** A fresh store in memory that holds a key pair already. */
export async function clientKeyStore(name: TestKeyName = 'client2048'): Promise<KeyStore & TrustStore> {
  const store = memoryKeyStore()
  await store.save('current', { keyPair: await testKeyPair(name), createdAt: Date.now() })
  return store
}
