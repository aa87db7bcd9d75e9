/** Messages under keys that begin with zero bytes, as one in 256 does. */
import { seal, type Bytes, type KeyPair } from '@nomyo/core'
import { sealRequest } from '@nomyo/core/exchange'
import { vi } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { CONTEXT } from './exchange-forge.js'

export const PLAINTEXT = utf8('{"prompt":"marker-prompt-4c1f09"}')
export const REQUEST = { method: 'POST', path: '/v1/models', headers: {}, body: utf8('{}') }

/** Bytes that begin with so many zeros, and go on with something else. */
export const beginningWith = (zeros: number, length: number): Bytes => new Uint8Array(length).fill(7, zeros)

/** An envelope whose AES key begins with zeros. */
export async function sealedUnder(zeros: number, { publicKey }: KeyPair): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', length: 256 }
  const key = await crypto.subtle.importKey('raw', beginningWith(zeros, 32), algorithm, true, ['encrypt'])
  const spy = vi.spyOn(crypto.subtle, 'generateKey').mockResolvedValueOnce(key as never)
  const envelope = await seal(PLAINTEXT, publicKey)
  spy.mockRestore()
  return envelope
}

/** A request whose two keys begin with zeros. */
export async function requestUnder(zeros: number, { publicKey }: KeyPair): Promise<Bytes> {
  const spy = vi.spyOn(crypto, 'getRandomValues').mockImplementationOnce(((array: Uint8Array) => {
    array.set(beginningWith(zeros, array.length))
    return array
  }) as typeof crypto.getRandomValues)
  const { bytes } = await sealRequest(REQUEST, publicKey, CONTEXT)
  spy.mockRestore()
  return bytes
}

/** Numbers of zeros. */
export const ZEROS: readonly number[] = [0, 1, 2, 8, 16, 31]
