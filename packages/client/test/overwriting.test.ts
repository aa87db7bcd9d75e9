/** The bytes of an answer that are ours are overwritten as it is read, however it comes. */
import type { SecureChatCompletion } from '@nomyo/client'
import { afterEach, expect, test, vi } from 'vitest'
import { ask, clientOf } from './support/client.ts'
import { DONE, event, EVENTS } from './support/events.ts'
import { startSealedRouter, type SealedReply } from './support/sealed-router.ts'
import { completion, startTestRouter } from './support/test-router.ts'

const ANSWER = 'the-answer-m4rker-37'
/** More than a frame of 2.0 holds. */
const LONG = `${ANSWER} ${'and so on '.repeat(20_000)}`
const OF_THE_ANSWER = /m4rker|so on/

interface Watched {
  /** As they are later. */
  readonly bytes: Uint8Array
  /** As they were. */
  readonly text: string
}

/** What is decrypted, and what is encoded that looks like `encoded`, which the routers here must not encode too. */
function watchPlaintexts(encoded: RegExp): Watched[] {
  const watched: Watched[] = []
  const watch = (bytes: Uint8Array): void =>
    void watched.push({ bytes, text: Buffer.from(bytes).toString('utf8') })
  const { subtle } = crypto
  const decrypt = subtle.decrypt.bind(subtle)
  vi.spyOn(subtle, 'decrypt').mockImplementation(async (...parameters) => {
    const plaintext = await decrypt(...parameters)
    watch(new Uint8Array(plaintext))
    return plaintext
  })
  const { encode } = TextEncoder.prototype
  vi.spyOn(TextEncoder.prototype, 'encode').mockImplementation(function (this: TextEncoder, text) {
    const bytes = encode.call(this, text)
    if (encoded.test(text ?? '')) watch(bytes)
    return bytes
  })
  return watched
}

/** @param count - how many there are at least. */
function expectOverwritten(watched: readonly Watched[], count: number): void {
  const ofTheAnswer = watched.filter(({ text }) => OF_THE_ANSWER.test(text))
  expect(ofTheAnswer.length).toBeGreaterThanOrEqual(count)
  const left = ofTheAnswer.filter(({ bytes }) => OF_THE_ANSWER.test(Buffer.from(bytes).toString('utf8')))
  expect(left.map(({ text }) => text.slice(0, 60))).toEqual([])
}

async function read(client: SecureChatCompletion, stream: boolean): Promise<void> {
  const answer = await client.create({ ...ask(), stream })
  if (Symbol.asyncIterator in answer) for await (const _ of answer);
}

afterEach(() => {
  vi.restoreAllMocks()
})

test.each([
  ['whole', false, 1],
  // The plaintext; of the chunk the event, and the data in it.
  ['streamed', true, 3],
] as const)('over 1.0, %s', async (_what, stream, count) => {
  await using router = await startTestRouter({ onMessage: () => ({ sealed: completion(ANSWER) }) })
  const client = await clientOf(router)
  const watched = watchPlaintexts(/chat\.completion\.chunk/)
  await read(client, stream)
  expectOverwritten(watched, count)
})

test.each<[string, boolean, SealedReply, number]>([
  ['whole', false, { body: JSON.stringify(completion(ANSWER)) }, 1],
  ['whole, in several frames', false, { body: JSON.stringify(completion(LONG)), frameBytes: 65_536 }, 4],
  // The frame; and the data in its event.
  ['streamed', true, { headers: EVENTS, body: event(ANSWER) + DONE }, 2],
])('over 2.0, %s', async (_what, stream, reply, count) => {
  await using router = await startSealedRouter({ onSealed: () => reply })
  const client = await clientOf(router, { protocol: '2.0' })
  const watched = watchPlaintexts(/^\{.*chat\.completion\.chunk/)
  await read(client, stream)
  expectOverwritten(watched, count)
})

test('over 2.0, what came of an answer that is larger than allowed', async () => {
  const reply = { body: JSON.stringify(completion(LONG)), frameBytes: 65_536 }
  await using router = await startSealedRouter({ onSealed: () => reply })
  const client = await clientOf(router, { protocol: '2.0', limits: { maxResponseBytes: 100_000 } })
  const watched = watchPlaintexts(/^$/)
  await expect(read(client, false)).rejects.toMatchObject({ code: 'decryption_failed' })
  expectOverwritten(watched, 2)
})
