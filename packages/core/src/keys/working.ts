import type { KeyPair } from './key-pair.js'
import { refused } from './rsa.js'
import { subtle } from '../lib/subtle.js'

const AES = { name: 'AES-GCM', length: 256 } as const

/**
 * Unwraps a key that it wrapped. Engines import keys whose numbers do not belong together, which would fail
 * only when an answer is opened. What an engine can do without, such as the private exponent beside the
 * primes, is not noticed.
 * @throws SecurityError `key_refused`
 */
export async function assertWorking({ publicKey, privateKey }: KeyPair): Promise<void> {
  const api = subtle()
  // No secret, and not a random one: it must not begin with a zero byte, which WebKitGTK drops.
  const key = await api.importKey('raw', new Uint8Array(32).fill(1), AES, true, ['encrypt'])
  try {
    const wrapped = await api.wrapKey('raw', key, publicKey.key, 'RSA-OAEP')
    await api.unwrapKey('raw', wrapped, privateKey, 'RSA-OAEP', AES, false, ['encrypt'])
  } catch {
    throw refused('its numbers do not belong together')
  }
}
