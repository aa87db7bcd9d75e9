/** The client as a server-side app has it: keys in files, a pinned router, streams, tools, failures told apart. */
import assert from 'node:assert/strict'
import {
  AuthenticationError,
  createSecureFetch,
  NomyoError,
  SecureChatCompletion,
  ServerKeyMismatchError,
  type CallOptions,
  type ChatCompletion,
  type ChatCompletionCreateParamsNonStreaming,
  type ChatCompletionMessageParam,
  type ChatCompletionTool,
  type ClientOptions,
  type OpenEvent,
  type SealEvent,
} from '@nomyo/client'
import {
  pemKeyStore,
  readPrivateKeyPem,
  type KeyFileInfo,
  type PemKeyStoreOptions,
} from '@nomyo/keystore-pem'
import * as nomyo from 'nomyo'
import { readFile } from 'node:fs/promises'
import type { ListeningRouter } from './listening.js'

const MODEL = 'nomyo-embedded'
const said = (content: string): ChatCompletionMessageParam[] => [{ role: 'user', content }]

const weather: ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

async function keyFiles(dir: string): Promise<KeyFileInfo> {
  const options: PemKeyStoreOptions = { dir, password: () => 'consumer password' }
  const store = pemKeyStore(options)
  const info = await store.describe('current')
  assert(info !== undefined)
  const pem = await readFile(info.privateKeyPath)
  const { keyPair } = await readPrivateKeyPem(pem, { password: 'consumer password' })
  assert.equal(keyPair.publicKey.fingerprint, info.fingerprint)
  return info
}

async function failures(options: ClientOptions): Promise<void> {
  const strangers = new SecureChatCompletion({ ...options, apiKey: 'another-key', maxRetries: 0 })
  await assert.rejects(strangers.create({ model: MODEL, messages: said('x') }), (error: unknown) => {
    assert(AuthenticationError.isInstance(error) && NomyoError.isInstance(error))
    const { status, code }: { status: number | undefined; code: string } = error
    return status === 401 && code.length > 0
  })
  const pins = [`sha256/${'A'.repeat(43)}=`]
  const pinned = new nomyo.SecureChatCompletion({ ...options, serverKeyPins: pins })
  await assert.rejects(pinned.serverKey(), (error: unknown) => ServerKeyMismatchError.isInstance(error))
}

/** Talks to `router` with a key that is kept, encrypted, in `dir`. */
export async function converse(router: ListeningRouter, apiKey: string, dir: string): Promise<void> {
  const events: (SealEvent | OpenEvent)[] = []
  const options: ClientOptions = {
    baseURL: router.url,
    allowHttp: true,
    apiKey: async () => apiKey,
    keyStore: pemKeyStore({ dir, password: 'consumer password' }),
    serverKeyPins: [router.fingerprint],
    logLevel: 'error',
    onSeal: (event) => void events.push(event),
    onOpen: (event) => void events.push(event),
  }
  const client = new SecureChatCompletion(options)
  await client.generateKeys()
  assert.equal((await client.serverKey()).pinned, true)

  const params: ChatCompletionCreateParamsNonStreaming = {
    model: MODEL,
    messages: said('Hello'),
    max_tokens: 40,
  }
  const call: CallOptions = { securityTier: 'high', timeout: 30_000, signal: AbortSignal.timeout(30_000) }
  const answer: ChatCompletion = await client.create(params, call)
  assert.match(answer.choices[0]?.message.content ?? '', /\w/)
  const { data, response, requestID } = await client.chat.completions.create(params).withResponse()
  assert.equal(response.status, 200)
  assert(typeof data.id === 'string' && (requestID === null || requestID.length > 0))

  let text = ''
  const stream = await client.create({ model: MODEL, messages: said('Stream this'), stream: true })
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  assert.match(text, /\w/)

  const asked = await client.create({ model: MODEL, messages: said('Use get_weather.'), tools: [weather] })
  const [toolCall] = asked.choices[0]?.message.tool_calls ?? []
  assert(toolCall?.type === 'function' && toolCall.function.name === 'get_weather')

  const { protocol, clientKey } = client.protection()
  assert.equal(protocol, '2.0')
  assert.equal(clientKey.isExportable ?? false, false)
  assert(events.length >= 8 && events.every((event) => event.protocol === '2.0'))
  assert(router.logged.every((line) => !line.includes('Hello') && !line.includes(apiKey)))
  await failures(options)
  assert.equal((await keyFiles(dir)).protection.encryption, 'password')
  client.close()
}

/** The same through fetch, as other SDKs do it, over the older protocol too. */
export async function fetchThrough(router: ListeningRouter, apiKey: string): Promise<void> {
  for (const protocol of ['1.0', '2.0'] as const) {
    const options = { baseURL: router.url, allowHttp: true, apiKey, protocol, logLevel: 'error' } as const
    const secureFetch: typeof fetch = createSecureFetch({ ...options, onSecurityError: 'throw' })
    const response = await secureFetch(`${router.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: said(`Over ${protocol}`) }),
    })
    assert.equal(response.status, 200)
    assert.match(JSON.stringify(await response.json()), /chat\.completion/)
  }
}
