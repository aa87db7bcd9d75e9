/** Requests that do not open take times that cannot be told apart by their cause. */
import type { Bytes } from '@nomyo/core'
import { expect, test } from 'vitest'
import { CONTEXT, forgeRequest, inner } from '../../core/test/exchange-forge.ts'
import { encode, fieldsOf, flip, forgeParts, type Parts, type Recipe } from '../../core/test/forge.ts'
import { keyPair } from '../../core/test/keys.ts'
import { say } from '../../core/test/say.ts'
import * as timing from '../../core/test/timing.ts'
import type { Cause, Times } from '../../core/test/timing.ts'
import { peerOf, QUESTION, URL_OF_ROUTER } from './support/peer.ts'
import { SealedPeer } from './support/sealed-peer.ts'

/** They depend on what is secret: the private key, or the keys of a message. */
const CAUSES = ['OAEP', 'key length', 'GCM']
/** Bytes before the encrypted keys, in them, and in the nonce behind them. */
const [HEAD, MODULUS, NONCE] = [48, 256, 12]

/** The time from a request to its refusal. */
function refused(
  router: (request: Request) => Promise<Response>,
): (name: string, make: () => Promise<Request>) => Cause {
  return (name, make) => ({
    name,
    prepare: async () => {
      const request = await make()
      return async () =>
        timing.millisecondsOf(async () => {
          expect((await router(request)).status).toBe(400)
        })
    },
  })
}

/** `control` is refused before RSA, for what everybody can see of it. */
function expectAlike(times: Times, authentic: string, control: string): void {
  say(timing.summaryOf(times))
  expect(timing.toldApart(times, CAUSES, timing.ALIKE)).toEqual([])
  expect(timing.toldApart(times, [...CAUSES, authentic], timing.OVERLAPPING)).toEqual([])
  expect(timing.notAsLong(times, authentic, CAUSES, timing.NEARLY_AS_LONG)).toEqual([])
  for (const cause of CAUSES) {
    expect(timing.superiority(times.get(control)!, times.get(cause)!)).toBeGreaterThan(0.9)
  }
}

test('an OAEP failure and a GCM failure take overlapping times', { timeout: 300_000 }, async () => {
  const [keys, clientKeys] = await Promise.all([keyPair('rsa2048'), keyPair('rsa2048Other')])
  const peer = peerOf([keys, clientKeys])
  const cause = refused(peer.router)
  const question = JSON.stringify(QUESTION)
  const forged = async (
    change: (parts: Parts) => void,
    recipe: Recipe = {},
    text = question,
  ): Promise<Request> => {
    const parts = await forgeParts(new TextEncoder().encode(text), keys.publicKey, recipe)
    change(parts)
    return peer.request({ body: encode(fieldsOf(parts)) })
  }
  const asItIs = (): void => undefined
  const causes = [
    cause('OAEP', () => forged((parts) => (parts.encryptedKey = flip(parts.encryptedKey, MODULUS - 1)))),
    cause('key length', () => forged(asItIs, { aesKeyBytes: 31 })),
    cause('GCM', () => forged((parts) => (parts.ciphertext = flip(parts.ciphertext, 5)))),
    cause('JSON', () => forged(asItIs, {}, `${question}?`)),
    cause('not below the modulus', () => forged((parts) => parts.encryptedKey.fill(0xff))),
  ]
  expectAlike(await timing.timesOf(causes, timing.ROUNDS), 'JSON', 'not below the modulus')
})

test('over 2.0 too', { timeout: 300_000 }, async () => {
  const { router } = new SealedPeer(await keyPair('rsa2048'))
  const cause = refused(router)
  const headers = {
    'content-type': 'application/vnd.nomyo.sealed',
    'x-payload-id': CONTEXT.payloadID,
    'x-security-tier': CONTEXT.tier!,
    'authorization': CONTEXT.authorization!,
  }
  const sent = (body: Bytes): Request =>
    new Request(`${URL_OF_ROUTER}/v2/secure`, { method: 'POST', headers, body })
  const notBelowModulus = (bytes: Bytes): Bytes => bytes.fill(0xff, HEAD, HEAD + MODULUS)
  const causes = [
    cause('OAEP', async () => sent(flip(await forgeRequest({}), HEAD + MODULUS - 1))),
    cause('key length', async () => sent(await forgeRequest({ keyBytes: 63 }))),
    cause('GCM', async () => sent(flip(await forgeRequest({}), HEAD + MODULUS + NONCE + 5))),
    cause('JSON', async () => sent(await forgeRequest({ plaintext: inner({ headText: '{"method":?' }) }))),
    cause('not below the modulus', async () => sent(notBelowModulus(await forgeRequest({})))),
  ]
  expectAlike(await timing.timesOf(causes, timing.ROUNDS), 'JSON', 'not below the modulus')
})
