import { createHash } from 'node:crypto'
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageFunctionToolCall,
} from '@nomyo/client'
import { describe, expect, test, type TestContext } from 'vitest'
import { findPython, NO_PYTHON } from '../../core/test/python.ts'
import { ask, clientOf, failureOf } from './support/client.ts'
import { clientKeyStore } from './support/keys.ts'
import { expectNoSecrets } from './support/no-secrets.ts'
import { startPythonRouter } from './support/python-router.ts'

const python = findPython()

function withPython(ctx: TestContext): string {
  return python ?? ctx.skip(NO_PYTHON)
}

/** What the Python router says of the request that reached it. */
interface Report {
  readonly sha256: string
  readonly bytes: number
  readonly echo: string | null
  readonly tools: number
  readonly tier: string | null
  readonly top_level_keys: readonly string[]
  readonly pad?: string
}

function reportOf(answer: ChatCompletion): Report {
  return JSON.parse(answer.choices[0]!.message.content ?? '') as Report
}

/** What it must say of `params` if they arrived to the byte. */
function fingerprintOf(
  params: ChatCompletionCreateParamsNonStreaming,
): Pick<Report, 'sha256' | 'bytes' | 'top_level_keys'> {
  const json = JSON.stringify(params)
  return {
    sha256: createHash('sha256').update(json).digest('hex'),
    bytes: Buffer.byteLength(json),
    top_level_keys: Object.keys(params).sort(),
  }
}

const FOREIGN = 'Grüße aus Zürich, 世界, שלום, 🔐👩‍👩‍👧, \u2028 "quoted" \\ and \0'
const IMAGE = `data:image/png;base64,${Buffer.alloc(3_000, 0xa5).toString('base64')}`
const TOOL = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Wetter für eine Stadt',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const BIG = 9 * 1024 * 1024

describe.each([
  [2048, 'client2048'],
  [3072, 'client4096'],
  [4096, 'client4096'],
] as const)('our client and a router in Python with a key of %i bits', (keyBits, clientKey) => {
  test('understand one another', async (ctx) => {
    await using router = await startPythonRouter(withPython(ctx), { keyBits, apiKey: 'sk-right' })
    const client = await clientOf(router, { keyStore: await clientKeyStore(clientKey), apiKey: 'sk-right' })

    const text = { ...ask(FOREIGN), temperature: 0.25, seed: 7, user: 'ö' }
    const answer = await client.create(text, { securityTier: 'high' })
    expect(reportOf(answer)).toMatchObject({ ...fingerprintOf(text), echo: FOREIGN, tier: 'high', tools: 0 })
    expect(answer).toMatchObject({ object: 'chat.completion', model: 'test-model' })
    expect(answer._metadata).toMatchObject({
      response_status: 200,
      is_encrypted: true,
      encryption_algorithm: 'hybrid-aes256-rsa4096',
    })
    expect(Math.abs(Number(answer._metadata.processed_at) - Date.now() / 1000)).toBeLessThan(300)

    const image: ChatCompletionCreateParamsNonStreaming = {
      model: 'test-model',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: FOREIGN },
            { type: 'image_url', image_url: { url: IMAGE } },
          ],
        },
      ],
    }
    expect(reportOf(await client.create(image))).toMatchObject({ ...fingerprintOf(image), tier: null })

    const tools: ChatCompletionCreateParamsNonStreaming = { ...ask(), tools: [TOOL] }
    expect(reportOf(await client.create(tools))).toMatchObject({ ...fingerprintOf(tools), tools: 1 })

    const required: ChatCompletionCreateParamsNonStreaming = { ...tools, tool_choice: 'required' }
    const [choice] = (await client.create(required)).choices
    const [call] = choice!.message.tool_calls ?? []
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    const { arguments: given } = (call as ChatCompletionMessageFunctionToolCall).function
    expect(JSON.parse(given)).toMatchObject({ sha256: fingerprintOf(required).sha256 })

    const wrong = await failureOf(() => client.create(ask(FOREIGN), { apiKey: 'sk-wrong-m4rk' }))
    expect(wrong).toMatchObject({
      name: 'AuthenticationError',
      code: 'unauthorized',
      status: 401,
      detail: 'invalid API key',
      authenticated: false,
    })
    expectNoSecrets(wrong, ['sk-wrong-m4rk', 'sk-right', 'Grüße'])
  })
})

describe('our client and a router in Python: 9 MB', () => {
  test('of request', async (ctx) => {
    await using router = await startPythonRouter(withPython(ctx), { keyBits: 2048 })
    const client = await clientOf(router)
    const params = ask('世'.repeat(BIG / 3))
    const report = reportOf(
      await client.create({ ...params, messages: [...params.messages, { role: 'user', content: 'end' }] }),
    )
    expect(report).toMatchObject({ echo: 'end' })
    expect(report.bytes).toBeGreaterThan(BIG)
  })

  test('of answer', async (ctx) => {
    await using router = await startPythonRouter(withPython(ctx), { keyBits: 2048 })
    const answer = await (await clientOf(router)).create({ ...ask(), peer_answer_bytes: BIG })
    expect(reportOf(answer).pad).toBe('x'.repeat(BIG))
  })

  test('of both, to the byte', async (ctx) => {
    await using router = await startPythonRouter(withPython(ctx), { keyBits: 2048 })
    const params = { ...ask('é'.repeat(BIG / 2)), peer_answer_bytes: BIG }
    const report = reportOf(await (await clientOf(router)).create(params))
    expect(report).toMatchObject(fingerprintOf(params))
    expect(report.echo === params.messages[0]!.content).toBe(true)
  })
})
