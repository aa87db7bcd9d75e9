/** The independent client in Python asks the real `nomyo router`. */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test, type TestContext } from 'vitest'
import { findPython, NO_PYTHON, runPeer } from '../../core/test/python.ts'
import { skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'
import { startUpstream } from './support/upstream.ts'

type Bits = 2048 | 3072 | 4096

interface Completion {
  readonly choices: readonly {
    readonly finish_reason: string
    readonly message: {
      readonly content: string | null
      readonly tool_calls?: readonly { readonly function: { readonly name: string } }[]
    }
  }[]
  readonly _metadata: { readonly payload_id: string; readonly is_encrypted: boolean }
}

const FOREIGN = 'Grüße aus Zürich, 世界, שלום, 🔐, "quoted" \\ \u2028'
const IMAGE = `data:image/png;base64,${Buffer.alloc(3_000, 0xa5).toString('base64')}`
const NINE_MB = 9 * 1024 * 1024

afterEach(async () => {
  await stopAll()
  removeDirectories()
})

function startRouter(context: TestContext, bits: Bits, ...more: string[]): Command {
  skipUnlessBuilt(context)
  if (findPython() === undefined) context.skip(NO_PYTHON)
  return start(['router', '--port', '0', '--quiet', ...more], { cwd: directoryWithKey(bits) })
}

async function ask(router: Command, bits: Bits, request: object): Promise<Completion> {
  const url = `http://127.0.0.1:${await router.port()}`
  const input = Buffer.from(JSON.stringify({ model: 'nomyo-embedded', ...request }))
  const output = await runPeer(['ask', '--base-url', url, '--key-bits', String(bits)], input)
  return JSON.parse(output.toString()) as Completion
}

const user = (content: unknown): object[] => [{ role: 'user', content }]
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe.each([2048, 3072, 4096] as const)('keys of %i bits', (bits) => {
  test('non-ASCII text', async (context) => {
    const answer = await ask(startRouter(context, bits), bits, { messages: user(FOREIGN) })
    expect(answer.choices[0]!.message.content).toContain(sha256(FOREIGN))
    expect(answer._metadata.is_encrypted).toBe(true)
  })
})

test('tools, and an image as a base64 part', async (context) => {
  const router = startRouter(context, 2048)
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }]
  const asked = await ask(router, 2048, { messages: user('Use get_weather for Bern.'), tools })
  expect(asked.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ function: { name: 'get_weather' } }] },
  })
  const parts = [
    { type: 'text', text: FOREIGN },
    { type: 'image_url', image_url: { url: IMAGE } },
  ]
  const seen = await ask(router, 2048, { messages: user(parts) })
  expect(seen.choices[0]!.message.content).toContain(sha256(FOREIGN))
  expect(seen.choices[0]!.message.content).toMatch(/image/)
})

test('9 MB there and 9 MB back, through an upstream', async (context) => {
  const content = 'ü'.repeat(NINE_MB / 2)
  const upstream = await startUpstream({ content })
  try {
    const router = startRouter(context, 2048, '--upstream', upstream.url)
    const answer = await ask(router, 2048, { messages: user('x'.repeat(NINE_MB)) })
    expect(sha256(answer.choices[0]!.message.content ?? '')).toBe(sha256(content))
  } finally {
    await upstream.close()
  }
})
