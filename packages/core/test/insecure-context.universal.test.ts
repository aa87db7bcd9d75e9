import * as core from '@nomyo/core'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { utf8 } from '../src/lib/bytes.js'
import { RSA2048_PUBLIC } from './fixtures/keys.js'
import { keyPair, pkcs8Of } from './keys.js'

let pair: KeyPair
let envelope: Uint8Array

beforeAll(async () => {
  pair = await keyPair('rsa2048')
  envelope = await core.seal(utf8('{}'), pair.publicKey)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const operations: [string, () => unknown][] = [
  ['subtle', () => core.subtle()],
  ['seal', () => core.seal(utf8('{}'), pair.publicKey)],
  ['open', () => core.open(envelope, pair)],
  ['generateKeyPair', () => core.generateKeyPair()],
  ['importPublicKey', () => core.importPublicKey(RSA2048_PUBLIC)],
  ['importPrivateKey', () => core.importPrivateKey(pkcs8Of('rsa2048'))],
  ['fingerprintOf', () => core.fingerprintOf(new Uint8Array())],
]

describe.each([
  ['crypto', undefined],
  ['crypto.subtle', { getRandomValues: () => expect.fail('nothing must be drawn') }],
])('without %s', (_, stub) => {
  it.each(operations)('%s → SecurityError insecure_context', async (_name, run) => {
    vi.stubGlobal('crypto', stub)
    const error: unknown = await (async () => run())().catch((reason: unknown) => reason)
    expect(core.SecurityError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ name: 'SecurityError', code: 'insecure_context' })
    expect((error as Error).message).toContain('https:')
  })

  it('what needs no cryptography works', () => {
    vi.stubGlobal('crypto', stub)
    expect(core.decodePem(RSA2048_PUBLIC)?.label).toBe('PUBLIC KEY')
    expect(core.parsePlaintext(utf8('{"x":1}'))).toEqual({ x: 1 })
    expect(core.memoryKeyStore().volatile).toBe(true)
  })
})

it('crypto.subtle is looked up at each use', () => {
  expect(core.subtle()).toBe(crypto.subtle)
})
