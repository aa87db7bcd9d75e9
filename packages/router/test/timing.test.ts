import { expect, test } from 'vitest'
import { generateKeyPair, type JsonObject } from '@nomyo/core'
import { peerOf, twoKeyPairs } from './support/peer.ts'
import { SealedPeer } from './support/sealed-peer.ts'

const ROUNDS = 60

test('an OAEP failure and a GCM failure take overlapping times', { timeout: 60_000, retry: 2 }, async () => {
  const peer = peerOf(await twoKeyPairs())
  const envelope = (await (await peer.request()).json()) as JsonObject & { encrypted_payload: JsonObject }
  const bodies = [
    { ...envelope, encrypted_aes_key: changed(envelope['encrypted_aes_key']) },
    {
      ...envelope,
      encrypted_payload: { ...envelope.encrypted_payload, tag: changed(envelope.encrypted_payload['tag']) },
    },
  ].map((body) => JSON.stringify(body))
  await expectOverlap(async (which) => {
    const request = await peer.request({ body: bodies[which]! })
    return () => peer.router(request)
  })
})

test('over 2.0 too', { timeout: 60_000, retry: 2 }, async () => {
  const peer = new SealedPeer(await generateKeyPair({ modulusLength: 2048 }))
  // A byte of the encrypted keys, a byte of the ciphertext.
  const places = [100, 400] as const
  await expectOverlap(async (which) => {
    const flip = (byte: number, at: number): number => (at === places[which] ? byte ^ 1 : byte)
    const { request } = await peer.seal({ bytes: (bytes) => bytes.map(flip) })
    return () => peer.router(request)
  })
})

/** Takes the times of both kinds of failure in turns: each one's faster quarter is within the other's slower one. */
async function expectOverlap(prepare: (which: 0 | 1) => Promise<() => Promise<Response>>): Promise<void> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const send = await prepare(which)
      const startedAt = performance.now()
      expect((await send()).status).toBe(400)
      times[which].push(performance.now() - startedAt)
    }
  }
  const [oaep, gcm] = times.map(quartiles) as [Quartiles, Quartiles]
  expect(oaep.first).toBeLessThan(gcm.third)
  expect(gcm.first).toBeLessThan(oaep.third)
}

interface Quartiles {
  readonly first: number
  readonly third: number
}

function quartiles(times: number[]): Quartiles {
  const sorted = [...times].sort((a, b) => a - b)
  return {
    first: sorted[Math.floor(sorted.length / 4)]!,
    third: sorted[Math.floor((sorted.length * 3) / 4)]!,
  }
}

function changed(base64: unknown): string {
  const text = String(base64)
  return text.slice(0, 10) + (text[10] === 'A' ? 'B' : 'A') + text.slice(11)
}
