/** The test keys, imported once. */
import { decodePem, importPrivateKey, type Bytes, type KeyPair } from '@nomyo/core'
import { PRIVATE_KEYS } from './fixtures/keys.js'

export type KeyName = keyof typeof PRIVATE_KEYS
export const KEY_NAMES = Object.keys(PRIVATE_KEYS) as KeyName[]

const imported = new Map<KeyName, Promise<KeyPair>>()

/** A test key pair whose private half is not extractable. */
export function keyPair(name: KeyName): Promise<KeyPair> {
  const known = imported.get(name) ?? importPrivateKey(pkcs8Of(name))
  imported.set(name, known)
  return known
}

/** The PKCS#8 DER of a test key. */
export function pkcs8Of(name: KeyName): Bytes {
  return derOf(PRIVATE_KEYS[name])
}

/** The DER in a PEM that is known to be good. */
export function derOf(pem: string): Bytes {
  const block = decodePem(pem)
  if (block === undefined) throw new Error('a fixture is not PEM')
  return block.der
}

/** The lines of base64 in a PEM: each of them must never turn up where it does not belong. */
export function linesOfPem(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'))
}
