/** Over protocol 2.0 too, neither the log nor what goes out in clear holds anything that was said. */
import { inspect } from 'node:util'
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { openAIBackend, type RouterOptions } from '@nomyo/router'
import { beforeAll, expect, test } from 'vitest'
import { scripted } from './support/backends.ts'
import { recordingLogger } from './support/log.ts'
import { QUESTION } from './support/peer.ts'
import { SealedPeer, type Parts } from './support/sealed-peer.ts'

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})

const PROMPT = 'prompt-marker-41c7'
const ANSWER = 'answer-marker-8d02'
const API_KEY = 'sk-marker-e5b9'
const BACKEND_KEY = 'sk-backend-marker-77aa'
const MODEL = 'model-marker-12f0'
const PATH = 'path-marker-99b1'
const SECRETS = [PROMPT, ANSWER, API_KEY, BACKEND_KEY, MODEL, PATH]

const RIGHT: Parts = {
  body: { ...QUESTION, model: MODEL, messages: [{ role: 'user', content: PROMPT }] },
  context: { authorization: `Bearer ${API_KEY}` },
}
const answering = (reply: () => Response): Partial<RouterOptions> => ({ backend: scripted(reply) })
const events = (text: string): Response =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } })
const broken = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(ANSWER)),
    pull: (controller) => controller.error(new Error(ANSWER)),
  })

/** Every way that an exchange can go, with markers in all that it holds. */
const WAYS: Record<string, [Parts, Partial<RouterOptions>]> = {
  'an answer': [{}, {}],
  'a stream': [{}, answering(() => events(`data: ${ANSWER}\n\ndata: [DONE]\n\n`))],
  'a stream that breaks off': [{}, answering(() => new Response(broken()))],
  'a stream that ends too early': [{}, answering(() => events(`data: ${ANSWER}\n\n`))],
  'a refusal of the backend': [{}, answering(() => Response.json({ error: ANSWER }, { status: 400 }))],
  'a failure of the backend': [{}, answering(() => Response.json({ error: ANSWER }, { status: 500 }))],
  'a backend that throws': [
    {},
    answering(() => {
      throw new Error(`${PROMPT} ${ANSWER}`)
    }),
  ],
  'a backend that cannot be reached': [
    {},
    { backend: openAIBackend({ baseURL: 'http://127.0.0.1:9', apiKey: BACKEND_KEY }) },
  ],
  'a replay store that fails': [{}, { replayStore: { claim: () => Promise.reject(new Error(API_KEY)) } }],
  'a clock refusal': [{ issuedAt: 1 }, {}],
  'a path that is refused': [{ inner: { path: `/v1/${PATH}?${PROMPT}` } }, {}],
  'a method that is refused': [{ inner: { method: 'MARKER' } }, {}],
  'a model that is refused': [{}, { tiers: { standard: [], high: [], maximum: [] } }],
  'a wrong API key': [{ context: { authorization: `Bearer x${API_KEY}` } }, {}],
  'a request that does not open': [{ bytes: (bytes) => bytes.fill(0, 400) }, {}],
  'a payload id that is none': [{ headers: { 'x-payload-id': PROMPT } }, {}],
}

test.for(Object.keys(WAYS))('the log of %s holds no secret', async (way) => {
  const { logger, lines } = recordingLogger()
  const [parts, options] = WAYS[way]!
  const backend = scripted(() => Response.json({ answer: ANSWER }))
  const peer = new SealedPeer(keys, { backend, apiKeys: [API_KEY], logger, ...options })
  const response = await peer.send({ ...RIGHT, ...parts })
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
  const said = inspect(lines, { depth: Infinity, showHidden: true }) + JSON.stringify(lines)
  const headers = JSON.stringify([...response.headers])
  expect(lines.find(({ fields }) => 'status' in fields)?.fields).toMatchObject({
    status: response.status,
    requestID: response.headers.get('x-request-id'),
  })
  expect(SECRETS.filter((secret) => `${said}${body}${headers}`.includes(secret))).toEqual([])
})
