/** The paths that may travel inside, and the document that lists them. */
import { SecurityError } from '@nomyo/core'
import { encodeCapabilities, isAllowedPath, isOriginForm, parseCapabilities } from '@nomyo/core/exchange'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { keyPair } from './keys.js'

const ALLOWED = ['/v1/chat/completions', '/v1/models/*']

describe('a path', () => {
  it.each([
    '/v1/chat/completions',
    '/v1/chat/completions?a=b/../c',
    '/v1/models/Qwen',
    '/v1/models/a/b',
    '/v1/models/%C3%BC',
  ])('is allowed: %s', (path) => expect(isAllowedPath(path, ALLOWED)).toBe(true))

  it.each([
    ...[
      '',
      'v1/chat/completions',
      '//v1/chat/completions',
      '/v1//chat',
      '/v1/chat/completions/',
      '/v1/models/',
      '/v1/models',
    ],
    ...[
      '/v1/models/../chat',
      '/v1/models/..',
      '/v1/models/.',
      '/v1/models/%2e%2e/x',
      '/v1/models/.%2E',
      '/v1/models/%2e',
    ],
    ...[
      '/v1/models/a\\b',
      '/v1/models/a%5cb',
      '/v1/models/a%2fb',
      '/v1/chat/completions#x',
      '/v1/models/a\r\nb',
      '/v1/models/a%0d%0ab',
    ],
    ...[
      '/v1/models/%00',
      '/v1/models/a b',
      '/v1/models/ü',
      'http://evil/v1/chat/completions',
      '/V1/chat/completions',
      '*',
    ],
    `/v1/models/${'a'.repeat(9000)}`,
  ])('is not allowed: %j', (path) => expect(isAllowedPath(path, ALLOWED)).toBe(false))

  it('may have anything harmless in its query', () => {
    expect(isOriginForm('/v1/x?a=%2f..//&b=%0a')).toBe(true)
    expect(isOriginForm('/v1/x?a=\u0000')).toBe(false)
  })
})

describe('capabilities', () => {
  it('are read as they were written', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const init = {
      versions: ['1.0', '2.0'],
      keys: [{ pem: publicKey.pem, notAfter: 1_800_000_000 }],
      paths: ALLOWED,
    }
    const document = encodeCapabilities(init)
    const { versions, keys, paths, hash } = await parseCapabilities(document)
    expect({ versions, paths }).toEqual({ versions: init.versions, paths: ALLOWED })
    expect(keys.map((key) => [key.publicKey.fingerprint, key.notAfter])).toEqual([
      [publicKey.fingerprint, 1_800_000_000],
    ])
    expect(hash).toMatch(/^[\w+/]{43}=$/)
  })

  it('leave out a key of another kind, and are refused if none is left', async () => {
    const { publicKey } = await keyPair('rsa2048')
    const future = { pem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' }
    const rest = { versions: ['2.0'], paths: ALLOWED }
    const both = await parseCapabilities(
      encodeCapabilities({ ...rest, keys: [future, { pem: publicKey.pem }] }),
    )
    expect(both.keys).toHaveLength(1)
    await expectRefused(encodeCapabilities({ ...rest, keys: [future] }))
  })

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '{"versions":["2.0"],"keys":[],"paths":[]}',
    '{"versions":"2.0","keys":[],"paths":[]}',
    '{"versions":[2],"keys":[],"paths":[]}',
    '<html></html>',
    ' '.repeat(65 * 1024),
  ])('are refused: %.40s', (text) => expectRefused(utf8(text)))
})

async function expectRefused(document: Uint8Array<ArrayBuffer>): Promise<void> {
  const error = await parseCapabilities(document).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SecurityError)
  expect(error).toMatchObject({ code: 'capabilities_refused' })
}
