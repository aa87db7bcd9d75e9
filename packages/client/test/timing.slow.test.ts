/** Answers that do not open: what the time until the error says of the cause. */
import { SecureChatCompletion } from '@nomyo/client'
import type { Bytes } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities, openRequest, type SealedPart } from '@nomyo/core/exchange'
import { expect, test } from 'vitest'
import { encode, fieldsOf, flip, forgeParts, type Parts, type Recipe } from '../../core/test/forge.ts'
import { say } from '../../core/test/say.ts'
import * as timing from '../../core/test/timing.ts'
import type { Cause } from '../../core/test/timing.ts'
import { ask } from './support/client.ts'
import { clientKeyStore, testKeyPair } from './support/keys.ts'
import { PATHS } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

/** They depend on what is secret: the private key, or the key of a message. */
const CAUSES = ['OAEP', 'key length', 'GCM']
/** Bytes of the modulus; over 2.0 those before the first frame, and of a frame's header. */
const [MODULUS, HEAD, FRAME_HEAD] = [256, 68, 4]
const WHOLE = JSON.stringify(completion())

/** A router without a network (fake), so that nothing but the client takes time. */
class Router {
  /** What is answered to a message. */
  answer: (request: Request) => Promise<Bytes> = async () => new Uint8Array()
  /** As `performance.now()` has it. */
  answeredAt = 0
  readonly #get: Readonly<Record<string, BodyInit>>

  constructor(pem: string, capabilities: Bytes) {
    this.#get = { '/pki/public_key': pem, '/pki/capabilities': capabilities }
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const published = this.#get[new URL(request.url).pathname]
    if (published !== undefined) return new Response(published)
    const isSealed = request.url.endsWith('/v2/secure')
    const type = isSealed ? 'application/vnd.nomyo.stream' : 'application/octet-stream'
    const response = new Response(await this.answer(request), { headers: { 'content-type': type } })
    this.answeredAt = performance.now()
    return response
  }
}

type MakeCause = (name: string, answer: (request: Request) => Promise<Bytes>) => Cause

/** The time from an answer to its error, in one client. */
async function refusing(router: Router, protocol: '1.0' | '2.0'): Promise<MakeCause> {
  const client = new SecureChatCompletion({
    ...{ baseURL: 'http://127.0.0.1:9', allowHttp: true, protocol, logLevel: 'off', maxRetries: 0 },
    ...{ keyStore: await clientKeyStore(), fetch: router.fetch },
  })
  const millisecondsOfFailure = async (): Promise<number> => {
    const error: unknown = await client.create(ask()).catch((reason: unknown) => reason)
    const ms = performance.now() - router.answeredAt
    expect(error).toMatchObject({ code: 'decryption_failed' })
    return ms
  }
  return (name, answer) => ({
    name,
    prepare: async () => {
      router.answer = answer
      return millisecondsOfFailure
    },
  })
}

test('over 1.0 it does not tell the cause', { timeout: 300_000 }, async () => {
  const [{ publicKey }, own] = await Promise.all([testKeyPair('router2048'), testKeyPair('client2048')])
  const cause = await refusing(new Router(publicKey.pem, new Uint8Array()), '1.0')
  const forged = async (
    change: (parts: Parts) => void,
    recipe: Recipe = {},
    text = WHOLE,
  ): Promise<Bytes> => {
    const parts = await forgeParts(new TextEncoder().encode(text), own.publicKey, recipe)
    change(parts)
    return encode(fieldsOf(parts))
  }
  const asItIs = (): void => undefined
  const causes = [
    cause('OAEP', () => forged((parts) => (parts.encryptedKey = flip(parts.encryptedKey, MODULUS - 1)))),
    cause('key length', () => forged(asItIs, { aesKeyBytes: 31 })),
    cause('GCM', () => forged((parts) => (parts.ciphertext = flip(parts.ciphertext, 5)))),
    cause('JSON', () => forged(asItIs, {}, `${WHOLE}?`)),
    // Refused before RSA, for what everybody can see of it.
    cause('not below the modulus', () => forged((parts) => parts.encryptedKey.fill(0xff))),
  ]
  const times = await timing.timesOf(causes, timing.ROUNDS)
  say(timing.summaryOf(times))
  expect(timing.toldApart(times, CAUSES, timing.ALIKE)).toEqual([])
  expect(timing.toldApart(times, [...CAUSES, 'JSON'], timing.OVERLAPPING)).toEqual([])
  expect(timing.notAsLong(times, 'JSON', CAUSES, timing.NEARLY_AS_LONG)).toEqual([])
  for (const name of CAUSES) {
    expect(timing.superiority(times.get('not below the modulus')!, times.get(name)!)).toBeGreaterThan(0.9)
  }
})

test(
  'over 2.0 it tells how far the answer opened, and not why it went no further',
  { timeout: 300_000 },
  async () => {
    const pair = await testKeyPair('router2048')
    const capabilities = encodeCapabilities({ versions: ['2.0'], keys: [pair.publicKey], paths: PATHS })
    const caps_hash = await capabilitiesHash(capabilities)
    const cause = await refusing(new Router('', capabilities), '2.0')

    const sealed = async (request: Request, text = WHOLE, answeredID?: string): Promise<Bytes> => {
      const payloadID = request.headers.get('x-payload-id')!
      const context = { payloadID, tier: undefined, authorization: undefined }
      const opened = await openRequest(new Uint8Array(await request.arrayBuffer()), pair, context)
      const headers = { 'content-type': 'application/json' }
      const meta = { status: 200, headers, payload_id: answeredID ?? payloadID, caps_hash, t: Date.now() }
      const bytes = new TextEncoder().encode(text)
      const parts: SealedPart[] = [
        { kind: 'meta', meta },
        { kind: 'data', bytes, isFinal: true },
      ]
      const chunks: Bytes[] = []
      for await (const chunk of opened.sealParts([parts])) chunks.push(chunk)
      return new Uint8Array(Buffer.concat(chunks))
    }
    const causes = [
      cause('response key', async (request) => flip(await sealed(request), HEAD - 1)),
      cause('GCM of META', async (request) => flip(await sealed(request), HEAD + FRAME_HEAD)),
      cause('another payload id', (request) => sealed(request, WHOLE, crypto.randomUUID())),
      cause('GCM of data', async (request) => {
        const bytes = await sealed(request)
        return flip(bytes, bytes.length - 1)
      }),
      cause('JSON', (request) => sealed(request, `${WHOLE}?`)),
      // Refused before any cryptography.
      cause('magic', async (request) => flip(await sealed(request), 0)),
    ]
    const times = await timing.timesOf(causes, timing.ROUNDS)
    say(timing.summaryOf(times))
    for (const [cause, authentic] of [
      ['GCM of META', 'another payload id'],
      ['GCM of data', 'JSON'],
    ] as const) {
      expect(timing.toldApart(times, [cause, authentic], timing.OVERLAPPING)).toEqual([])
      expect(timing.notAsLong(times, authentic, [cause], timing.NEARLY_AS_LONG)).toEqual([])
    }
    // Differences are found.
    expect(timing.superiority(times.get('magic')!, times.get('GCM of data')!)).toBeGreaterThan(0.7)
  },
)
