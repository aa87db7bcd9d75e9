/** The payload id stands in a header and in what a request is bound to: what cannot stand there is not sealed under. */
import { ValidationError } from '@nomyo/core'
import { sealRequest } from '@nomyo/core/exchange'
import { expect, test, vi } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { keyPair } from './keys.js'
import { assertNoSecrets } from './no-secrets.js'

const MARKER = 'payload-marker-9b21'
const PROMPT = 'prompt-marker-9b21'
const API_KEY = 'sk-marker-9b21'

test.each([
  ['CRLF', `${MARKER}\r\nX-Injected: 1`],
  ['a line feed at its end', `${MARKER}\n`],
  ['NUL', `${MARKER}\0`],
  ['non-Latin-1', `${MARKER}ж`],
  ['Latin-1', `${MARKER}é`],
  ['an emoji', `${MARKER}🔑`],
  ['DEL', `${MARKER}\x7f`],
  ['65,536 characters', MARKER.padEnd(65_536, 'x')],
])('a payload id with %s is not sealed under', async (_what, payloadID) => {
  const { publicKey } = await keyPair('rsa2048')
  const request = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: utf8(PROMPT) }
  const encrypt = vi.spyOn(crypto.subtle, 'encrypt')
  const context = { payloadID, authorization: `Bearer ${API_KEY}` }
  const error: unknown = await sealRequest(request, publicKey, context).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ValidationError)
  expect((error as Error).message).toContain('X-Payload-ID')
  assertNoSecrets(error, [MARKER, PROMPT, API_KEY])
  // With the keys it may be done already, with the request never.
  expect(encrypt.mock.calls.filter(([algorithm]) => (algorithm as Algorithm).name === 'AES-GCM')).toEqual([])
  encrypt.mockRestore()
})
