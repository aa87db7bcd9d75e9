/** Key pairs from the fixtures, so that no test waits for RSA generation. */
import { readFileSync } from 'node:fs'
import { importPrivateKey, type KeyPair, type KeyRecord } from '@nomyo/core'

/** The names in `fixtures/test-keys.json`. */
export type TestKeyName = 'first' | 'second' | 'third' | 'fourth'

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/test-keys.json', import.meta.url), 'utf8'),
) as Record<TestKeyName, string>

/** PKCS#8 DER of a fixture key in base64. */
export function testKeyBase64(name: TestKeyName): string {
  return fixtures[name]
}

/** A fixture key pair with an exportable private key. */
export function testKeyPair(name: TestKeyName): Promise<KeyPair> {
  return importPrivateKey(Buffer.from(fixtures[name], 'base64'), { exportable: true })
}

/** A record of a fixture key. */
export async function testRecord(
  name: TestKeyName,
  createdAt: number = 1_700_000_000_000,
): Promise<KeyRecord> {
  return { keyPair: await testKeyPair(name), createdAt }
}
