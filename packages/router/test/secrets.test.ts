import { inspect } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import type { KeyPair } from '@nomyo/core'
import { openAIBackend, type RouterOptions } from '@nomyo/router'
import { completion, scripted } from './support/backends.ts'
import { recordingLogger } from './support/log.ts'
import { PAYLOAD_ID, peerOf, QUESTION, twoKeyPairs, type RequestParts } from './support/peer.ts'

let keys: [KeyPair, KeyPair]
beforeAll(async () => {
  keys = await twoKeyPairs()
}, 60_000)

/** A clock that works while a router is made, and not afterwards. */
function throwingOnceMade(): () => number {
  let reads = 0
  return () => {
    if (reads++ > 0) throw new Error(PROMPT)
    return Date.now()
  }
}

const PROMPT = 'prompt-marker-41c7'
const ANSWER = 'answer-marker-8d02'
const API_KEY = 'sk-marker-e5b9'
const BACKEND_KEY = 'sk-backend-marker-77aa'
const MODEL = 'model-marker-12f0'
const PATH = 'path-marker-99b1'
const SECRETS = [PROMPT, ANSWER, API_KEY, BACKEND_KEY, MODEL, PATH]

const payload = { ...QUESTION, model: MODEL, messages: [{ role: 'user', content: PROMPT }] }
const headers = { authorization: `Bearer ${API_KEY}` }
const throwing = (error: unknown) => ({
  backend: scripted(() => {
    throw error
  }),
})

/** Every way that a request can go, with markers in all that it holds. */
const WAYS: Record<string, [RequestParts, Partial<RouterOptions>]> = {
  'an answer': [{}, {}],
  'an answer that is no JSON': [{}, { backend: scripted(() => new Response(ANSWER)) }],
  'a failure of the backend': [
    {},
    { backend: scripted(() => Response.json({ error: ANSWER }, { status: 500 })) },
  ],
  'a backend that throws': [{}, throwing(new Error(`${PROMPT} ${ANSWER}`))],
  'a backend that throws with a code': [{}, throwing(Object.assign(new Error(PROMPT), { code: PROMPT }))],
  'a backend that throws a string': [{}, throwing(PROMPT)],
  'a backend that cannot be reached': [
    {},
    { backend: openAIBackend({ baseURL: 'http://127.0.0.1:9', apiKey: BACKEND_KEY }) },
  ],
  'a clock that throws': [
    {},
    {
      now: throwingOnceMade(),
    },
  ],
  'a wrong API key': [{ headers: { authorization: `Bearer x${API_KEY}` } }, {}],
  'a body that does not open': [{ body: PROMPT }, {}],
  'a plaintext that is no JSON': [{ payload: PROMPT }, {}],
  'a key that is none': [{ headers: { ...headers, 'x-public-key': PROMPT } }, {}],
  'a payload id that is none': [{ headers: { ...headers, 'x-payload-id': PROMPT } }, {}],
  'a tier that is none': [{ headers: { ...headers, 'x-security-tier': PROMPT } }, {}],
  'a model that is not allowed': [{}, { tiers: { standard: [], high: [], maximum: [] } }],
  'a foreign origin': [{ headers: { ...headers, origin: `https://${PROMPT}` } }, {}],
  'a foreign host': [{ headers: { ...headers, host: PROMPT } }, { allowedHosts: ['localhost'] }],
  'an unknown path': [{ url: `http://localhost/${PATH}?${PROMPT}` }, {}],
  'an unknown method': [{ method: 'MARKER' }, {}],
}

test.for(Object.keys(WAYS))('the log of %s holds no secret', async (way) => {
  const { logger, lines } = recordingLogger()
  const [parts, options] = WAYS[way]!
  const backend = scripted(() => completion(ANSWER))
  const response = await peerOf(keys, { backend, apiKeys: [API_KEY], logger, ...options }).post({
    payload,
    headers,
    ...parts,
  })
  const body = await response.text()
  const log = inspect(lines, { depth: Infinity, showHidden: true }) + JSON.stringify(lines)
  expect(lines.length).toBe(1)
  expect(lines[0]!.fields).toMatchObject({
    status: response.status,
    requestID: response.headers.get('x-request-id'),
  })
  expect(SECRETS.filter((secret) => log.includes(secret))).toEqual([])
  expect(SECRETS.filter((secret) => body.includes(secret))).toEqual([])
})

test('positive control: the search finds what a log line does hold', async () => {
  const { logger, lines } = recordingLogger()
  await peerOf(keys, { logger }).post()
  const log = inspect(lines, { depth: Infinity, showHidden: true })
  expect(log).toContain(PAYLOAD_ID)
  expect(log).toContain('request answered')
})

test('the log names the cause of a backend that cannot be reached', async () => {
  const { logger, lines } = recordingLogger()
  await peerOf(keys, { logger, ...throwing(new TypeError('x', { cause: { code: 'ECONNREFUSED' } })) }).post()
  expect(lines[0]).toMatchObject({
    level: 'error',
    message: 'request failed',
    fields: { failure: 'backend_unreachable', cause: 'ECONNREFUSED', status: 503 },
  })
})
