/** Client and router as one program, in Node and in a browser: the real code of both, with no network between. */
import {
  type ChatCompletionMessageFunctionToolCall,
  ForbiddenError,
  memoryKeyStore,
  SecureChatCompletion,
  type ClientOptions,
  type OpenEvent,
  type SealEvent,
} from '@nomyo/client'
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { createRouter, embeddedBackend, type RouterHandler, type RouterOptions } from '@nomyo/router'
import { beforeAll, expect, test } from 'vitest'

let routerKeys: KeyPair
let clientKeys: KeyPair

beforeAll(async () => {
  const modulusLength = 2048 // quick to generate; sizes have tests of their own
  ;[routerKeys, clientKeys] = await Promise.all([
    generateKeyPair({ modulusLength }),
    generateKeyPair({ modulusLength }),
  ])
})

async function pair(
  router: Partial<RouterOptions> = {},
  options: ClientOptions = {},
): Promise<SecureChatCompletion> {
  const handle = createRouter({ keys: routerKeys, backend: embeddedBackend(), ...router })
  const keyStore = memoryKeyStore()
  await keyStore.save('current', { keyPair: clientKeys, createdAt: Date.now() })
  return new SecureChatCompletion({
    baseURL: 'https://router.example/v1',
    keyStore,
    fetch: (input, init) => handle(new Request(input, init)),
    logLevel: 'off',
    maxRetries: 0,
    ...options,
  })
}

const said = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }]

test('a conversation, in any script', async () => {
  const client = await pair()
  const text = 'Grüße, 你好, שלום, 🙂'
  const answer = await client.create({ model: 'nomyo-embedded', messages: said(text) })
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(answer.choices[0]?.message.content).toContain(`${[...text].length} characters`)
  expect(answer.choices[0]?.message.content).toContain(hex)
})

test('a tool is called', async () => {
  const client = await pair()
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const answer = await client.create({
    model: 'nomyo-embedded',
    messages: said('Please use get_weather for Berlin.'),
    tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
  })
  const [call] = answer.choices[0]?.message.tool_calls ?? []
  expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
  expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
  const { arguments: given } = (call as ChatCompletionMessageFunctionToolCall).function
  expect(typeof (JSON.parse(given) as { city: unknown }).city).toBe('string')
})

const markOf = { '1.0': '"ciphertext"', '2.0': 'NM' } as const

test.each(['1.0', '2.0'] as const)('neither text is in the envelopes of %s', async (protocol) => {
  const seen: (SealEvent | OpenEvent)[] = []
  const note = (event: SealEvent | OpenEvent): void => void seen.push(event)
  const client = await pair({}, { protocol, onSeal: note, onOpen: note })
  await client.create({ model: 'nomyo-embedded', messages: said('marker-prompt-5d20') })
  expect(seen).toHaveLength(2)
  for (const { envelope } of seen) {
    const text = new TextDecoder().decode(envelope)
    expect(text).toContain(markOf[protocol])
    expect(text).not.toContain('marker-prompt')
    expect(text).not.toContain('embedded')
  }
})

test('API key and tier reach the router, outside the envelope', async () => {
  const rules: Partial<RouterOptions> = {
    apiKeys: ['right-key'],
    tiers: { standard: ['*'], high: ['*'], maximum: ['none'] },
  }
  const request = { model: 'nomyo-embedded', messages: said('Hello') }
  await expect((await pair(rules, { apiKey: 'wrong-key' })).create(request)).rejects.toMatchObject({
    status: 401,
  })
  const client = await pair(rules, { apiKey: 'right-key' })
  expect((await client.create(request, { securityTier: 'standard' })).object).toBe('chat.completion')
  const refused = await client.create(request, { securityTier: 'maximum' }).catch((error: unknown) => error)
  expect(ForbiddenError.isInstance(refused)).toBe(true)
})

test('the router’s second key still opens, and its new first key is what a pin must name', async () => {
  const newKeys = await generateKeyPair({ modulusLength: 2048 })
  const serverKeyPins = [routerKeys.publicKey.fingerprint, newKeys.publicKey.fingerprint]
  const routerOf = (...keys: KeyPair[]): RouterHandler => createRouter({ keys, backend: embeddedBackend() })
  let router = routerOf(routerKeys)
  const client = await pair(
    {},
    {
      serverKeyPins,
      fetch: (input, init) => router(new Request(input, init)),
    },
  )
  const request = { model: 'nomyo-embedded', messages: said('Hello') }
  await client.create(request)
  router = routerOf(newKeys, routerKeys)
  await client.create(request)
  router = routerOf(newKeys)
  await client.create(request) // recovered: the key is fetched again, the request sealed afresh
  expect((await client.serverKey()).fingerprint).toBe(newKeys.publicKey.fingerprint)
})
