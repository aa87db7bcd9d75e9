/** The keys and the envelopes of the test vectors, fetched once, so that cases do not wait for keys to be generated. */
import { importPrivateKey, memoryKeyStore, type KeyPair, type KeyStore, type TrustStore } from '@nomyo/core'
import type { Context } from './context.ts'

/** As `packages/core/test-vectors/README.md` describes them. */
export interface Vectors {
  readonly keys: Readonly<Record<string, VectorKey>>
  readonly valid: readonly Vector[]
  readonly invalid: readonly Vector[]
}

/** A test key, both halves of which everybody knows. */
export interface VectorKey {
  readonly bits: number
  readonly private_pkcs8: string
  readonly public_pem: string
  readonly fingerprint: string
}

/** An envelope of protocol 1.0. */
export interface Vector {
  readonly id: string
  readonly key: string
  readonly kind: 'request' | 'response'
  readonly plaintext?: string
  readonly envelope?: string
  readonly envelope_base64?: string
}

export type KeyName = 'rsa2048' | 'rsa2048_other' | 'rsa3072' | 'rsa4096'

export type Bytes = Uint8Array<ArrayBuffer>

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text)

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export const fromBase64 = (text: string): Bytes =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

export const fromHex = (hex: string): Bytes =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const hexOf = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

let v1: Promise<Vectors> | undefined

/** A file of vectors. */
export async function fetchVectors<T>({ host }: Context, file: string): Promise<T> {
  return (await fetch(`${host}/vectors/${file}`)).json() as Promise<T>
}

/** The vectors of protocol 1.0. */
export async function vectorsV1(context: Context): Promise<Vectors> {
  return (v1 ??= fetchVectors(context, 'v1.json'))
}

/** PKCS#8 of a test key. */
async function pkcs8Of(context: Context, name: KeyName): Promise<Bytes> {
  return fromBase64((await vectorsV1(context)).keys[name]!.private_pkcs8)
}

/** A test key. */
export async function testKey(context: Context, name: KeyName, exportable = false): Promise<KeyPair> {
  return importPrivateKey(await pkcs8Of(context, name), { exportable })
}

/** A store in memory that holds a test key as the current one. */
export async function storeWith(
  context: Context,
  name: KeyName,
  createdAt: number = Date.now(),
): Promise<KeyStore & TrustStore> {
  const store = memoryKeyStore()
  await store.save('current', { keyPair: await testKey(context, name), createdAt })
  return store
}
