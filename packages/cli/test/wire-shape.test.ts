/** What the sizes on the wire tell of a streamed answer: not how long its tokens are, and not each of them. */
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { openAIBackend } from '@nomyo/router'
import { beforeAll, expect, test } from 'vitest'
import { clientOf, DONE, event, EVENTS, QUESTION, serveRouter, startModels } from './support/stack.ts'
import { shapeOf, startWireTap, type Shape } from './support/wire.ts'

/** Bytes of a frame: its header, 1024 bytes of plaintext, its tag. */
const FRAME = 4 + 1024 + 16

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})

/** Streams these tokens, each of them only when the one before it has reached the client. */
async function shapeOfTokens(tokens: readonly string[]): Promise<Shape> {
  let arrived: (() => void) | undefined
  await using models = await startModels(async (response) => {
    response.writeHead(200, EVENTS)
    for (const token of tokens) {
      const arrival = new Promise<void>((resolve) => (arrived = resolve))
      response.write(event(token))
      await arrival
    }
    response.end(DONE)
  })
  await using router = await serveRouter({ keys, backend: openAIBackend({ baseURL: models.url }) })
  await using tap = await startWireTap(router.url)
  const read: unknown[] = []
  for await (const { choices } of await clientOf(tap).create({ ...QUESTION, stream: true })) {
    read.push(choices[0]?.delta.content)
    arrived?.()
  }
  expect(read).toEqual(tokens)
  return shapeOf(tap.received())
}

test('tokens of very different lengths look the same, to the byte', async () => {
  const short = await shapeOfTokens(['a', 'b', 'c', 'd'])
  const long = await shapeOfTokens(['a'.repeat(700), 'b', 'c'.repeat(350), 'd'.repeat(90)])
  expect(long).toEqual(short)
  // META, a frame for each token, [DONE], the end; each goes out by itself, the first with what comes before it.
  expect(short.frames).toEqual(Array(7).fill(FRAME))
  expect(new Set(short.chunks.map((size) => size % FRAME))).toEqual(new Set([68, 0]))
})

test('an answer to one question is as long as one to another, if as many pieces come', async () => {
  const totals = await Promise.all(
    [['yes'], ['no, and that is why: '.repeat(20)]].map(async (tokens) => {
      const { head, chunks } = await shapeOfTokens(tokens)
      return head + chunks.reduce((sum, size) => sum + size, 0)
    }),
  )
  expect(totals[0]).toBe(totals[1])
})

test('tokens that come fast share frames', async () => {
  const tokens = Array.from({ length: 400 }, (_, i) => `token ${i} `)
  await using models = await startModels((response) => {
    response.writeHead(200, EVENTS)
    for (const token of tokens) response.write(event(token))
    response.end(DONE)
  })
  await using router = await serveRouter({ keys, backend: openAIBackend({ baseURL: models.url }) })
  await using tap = await startWireTap(router.url)
  let text = ''
  for await (const { choices } of await clientOf(tap).create({ ...QUESTION, stream: true })) {
    text += choices[0]?.delta.content
  }
  expect(text).toBe(tokens.join(''))
  const { frames } = shapeOf(tap.received())
  expect(new Set(frames)).toEqual(new Set([FRAME]))
  expect(frames.length).toBeLessThan(tokens.length / 2)
})
