/** Every way to alter a request of protocol 2.0 that its text names, each with what must come of it. */
import { isAllowedPath, openRequest, sealRequest } from '@nomyo/core/exchange'
import { describe, expect, it, vi } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { CONTEXT, forgeRequest, inner, secretsOf } from './exchange-forge.js'
import { keyPair } from './keys.js'
import { addModulus, beyondModulus } from './modulus.js'
import { say } from './say.js'
import { expectAllUndecryptable, expectUndecryptable } from './undecryptable.js'

const SECRET = 'the answer that nobody may see'

describe('a request', () => {
  const body = utf8(JSON.stringify({ secret: SECRET }))
  const sealOne = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const { publicKey } = await keyPair('rsa2048')
    const right = { method: 'POST', path: '/v1/chat/completions', headers: {}, body }
    return (await sealRequest(right, publicKey, CONTEXT)).bytes
  }
  const errorOf = async (bytes: Uint8Array<ArrayBuffer>, context = CONTEXT): Promise<unknown> =>
    openRequest(bytes, await keyPair('rsa2048'), context).then(
      () => 'it opened',
      (error: unknown) => error,
    )

  it('that a forger makes right opens, so that what follows proves something', async () => {
    const opened = await openRequest(await forgeRequest({}), await keyPair('rsa2048'), CONTEXT)
    expect(opened.request.path).toBe('/v1/chat/completions')
  })

  it('with any byte changed is refused', async () => {
    const bytes = await sealOne()
    const errors = await Promise.all(
      Array.from(bytes, async (byte, at) => {
        const altered = bytes.slice()
        altered[at] = byte ^ (1 << (at % 8))
        return errorOf(altered)
      }),
    )
    expectAllUndecryptable(errors, [SECRET])
    say(`2.0: ${bytes.length} bytes of a request changed one by one, ${errors.length} changes found`)
  })

  it('whose encrypted keys are not below the modulus is refused before any cryptography', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const keysOf = async (): Promise<Uint8Array> => (await sealOne()).slice(48, 304)
    const unwrapKey = vi.spyOn(crypto.subtle, 'unwrapKey')
    for (const keys of [
      await addModulus(new Uint8Array(256), publicKey),
      await beyondModulus(publicKey, keysOf),
    ]) {
      const altered = await sealOne()
      altered.set(keys, 48)
      expectUndecryptable(await errorOf(altered))
    }
    expect(unwrapKey).not.toHaveBeenCalled()
    unwrapKey.mockRestore()
  })

  it('that is cut anywhere is refused', async () => {
    const bytes = await sealOne()
    const cuts = [0, 1, 47, 48, 100, 304, 316, 339, 340, bytes.length - 17, bytes.length - 1]
    for (const length of cuts) expectUndecryptable(await errorOf(bytes.slice(0, length)))
  })

  it.each([
    ['the payload id changed', { ...CONTEXT, payloadID: CONTEXT.payloadID.replace('1', '2') }],
    ['the tier changed', { ...CONTEXT, tier: 'standard' }],
    ['the tier removed', { ...CONTEXT, tier: undefined }],
    ['the tier emptied', { ...CONTEXT, tier: '' }],
    ['Authorization changed', { ...CONTEXT, authorization: 'Bearer another' }],
    ['Authorization removed', { ...CONTEXT, authorization: undefined }],
    [
      'two fields that run into one another',
      { ...CONTEXT, tier: undefined, authorization: `high${CONTEXT.authorization}` },
    ],
  ])('with %s is refused', async (_what, context) => {
    expectUndecryptable(await errorOf(await sealOne(), context), [SECRET])
  })

  it('for another key is refused', async () => {
    const bytes = await sealOne()
    const error = await openRequest(bytes, await keyPair('rsa3072'), CONTEXT).catch(
      (reason: unknown) => reason,
    )
    expectUndecryptable(error)
  })

  it.each<[string, Parameters<typeof forgeRequest>[0]]>([
    ['a key block of 32 bytes', { keyBytes: 32 }],
    ['a key block of 63 bytes', { keyBytes: 63 }],
    ['a key block of 65 bytes', { keyBytes: 65 }],
    ['the label of 1.0', { label: '' }],
    ['another label', { label: 'nomyo-e2ee/2 kez' }],
    ['padding that is not zero', { plaintext: inner({ padding: Uint8Array.of(0, 1) }) }],
    ['JSON longer than there is', { plaintext: inner({ n: 100_000 }) }],
    ['a body longer than there is', { plaintext: inner({ m: 2 ** 32 - 1 }) }],
    ['a plaintext of four bytes', { plaintext: new Uint8Array(4) }],
    ['JSON that is an array', { plaintext: inner({ head: [] }) }],
    ['no method', { plaintext: inner({ head: { path: '/v1/x', headers: {} } }) }],
    [
      'headers that are a list',
      { plaintext: inner({ head: { method: 'POST', path: '/v1/x', headers: [] } }) },
    ],
    [
      'a header that is a number',
      { plaintext: inner({ head: { method: 'POST', path: '/v1/x', headers: { a: 1 } } }) },
    ],
    [
      'Authorization inside',
      { plaintext: inner({ head: { method: 'POST', path: '/v1/x', headers: { authorization: 'x' } } }) },
    ],
    [
      '__proto__ inside',
      { plaintext: inner({ headText: '{"method":"POST","path":"/v1/x","headers":{"__proto__":"x"}}' }) },
    ],
    [
      'a path that is a list',
      { plaintext: inner({ head: { method: 'POST', path: ['/v1/x'], headers: {} } }) },
    ],
  ])('with %s is refused', async (_what, recipe) => {
    expectUndecryptable(await errorOf(await forgeRequest(recipe)))
  })

  it('with an absolute URL opens, so that a router can refuse it sealed', async () => {
    const head = { method: 'POST', path: 'http://evil/', headers: {} }
    const bytes = await forgeRequest({ plaintext: inner({ head }) })
    const { request: opened } = await openRequest(bytes, await keyPair('rsa2048'), CONTEXT)
    expect(opened.path).toBe('http://evil/')
    expect(isAllowedPath(opened.path, ['http://evil/', '/*'])).toBe(false)
  })

  it('whose inner head exceeds 64 KiB is refused', async () => {
    const headers = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'v'.repeat(4000)]))
    const plaintext = inner({ head: { method: 'POST', path: '/v1/x', headers } })
    expectUndecryptable(await errorOf(await forgeRequest({ plaintext })))
  })

  it('gives its answer’s key to nobody who cannot open it', async () => {
    const bytes = await sealOne()
    await expect(secretsOf(bytes, 'rsa4096')).rejects.toMatchObject({ name: 'OperationError' })
  })
})
