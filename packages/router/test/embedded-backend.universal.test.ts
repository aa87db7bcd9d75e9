import { describe, expect, test } from 'vitest'
import { embeddedBackend } from '@nomyo/router'
import { answerTo, contentOf, prompt, send } from './support/embedded.ts'

const HELLO_SHA256 = '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969'

describe('the answer is true', () => {
  test('what it is, characters, messages, SHA-256', async () => {
    expect(await contentOf(prompt('Hello'))).toBe(
      'I am the embedded responder of the NOMYO router, not a language model. ' +
        'I read 1 message; the last one from the user has 5 characters. ' +
        `The SHA-256 of its text is ${HELLO_SHA256}.`,
    )
  })

  test('characters are code points, not UTF-16 units or bytes', async () => {
    expect(await contentOf(prompt('aü€𝄞'))).toContain('has 4 characters.')
  })

  test('the last user message is the one that counts', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'A first, longer one' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: null, tool_calls: [] },
    ]
    const content = await contentOf({ model: 'm', messages })
    expect(content).toContain('I read 5 messages; the last one from the user has 5 characters.')
    expect(content).toContain(HELLO_SHA256)
  })

  test('parts: text is counted, images and files with their bytes', async () => {
    const content = await contentOf(
      prompt([
        { type: 'text', text: 'Hel' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAECAwQ=' } },
        { type: 'text', text: 'lo' },
        { type: 'image_url', image_url: { url: 'https://images.example/a.png' } },
        { type: 'image_url', image_url: { url: 'data:,a%20b' } },
        { type: 'input_audio', input_audio: { data: 'AAEC', format: 'wav' } },
        { type: 'file', file: { file_id: 'file-1' } },
      ]),
    )
    expect(content).toContain(
      'has 6 characters, 3 images (5 bytes, not fetched, 3 bytes), 1 audio clip (3 bytes), 1 file (not fetched).',
    )
  })

  test('the same request has the same answer; another one has another id', async () => {
    const now = (): number => 5000
    const [a, b, c] = await Promise.all(
      ['x', 'x', 'y'].map(
        async (content) => (await send(prompt(content), { now })).json() as Promise<{ id: string }>,
      ),
    )
    expect(a).toEqual(b)
    expect(a).toMatchObject({ created: 5, model: 'any/model', object: 'chat.completion' })
    expect(c!.id).not.toBe(a!.id)
  })
})

describe('limits', () => {
  test.for(['max_tokens', 'max_completion_tokens'])('%s cuts after so many words', async (name) => {
    const { choices, usage } = await answerTo(prompt('one two  three', { [name]: 4 }))
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'I am the embedded' } })
    expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 })
  })

  test('max_completion_tokens comes before max_tokens', async () => {
    expect(await contentOf(prompt('x', { max_tokens: 9, max_completion_tokens: 1 }))).toBe('I')
  })

  test('a limit that is not reached changes nothing', async () => {
    const { choices, usage } = await answerTo(prompt('x', { max_tokens: 1000 }))
    expect(choices[0]!.finish_reason).toBe('stop')
    expect(usage.completion_tokens).toBe(choices[0]!.message.content!.split(' ').length)
  })

  test('exactly as many words as the answer has is no cut', async () => {
    const words = (await contentOf(prompt('x'))).split(' ').length
    expect((await answerTo(prompt('x', { max_tokens: words }))).choices[0]!.finish_reason).toBe('stop')
    expect((await answerTo(prompt('x', { max_tokens: words - 1 }))).choices[0]!.finish_reason).toBe('length')
  })

  test.for([
    ['a string', ' embedded', 'I am the'],
    ['a list: the earliest counts', ['router', 'the', ' NOMYO'], 'I am '],
    ['one that does not occur', ['zebra'], undefined],
  ] as [string, unknown, string | undefined][])('stop: %s', async ([, stop, expected]) => {
    const { choices } = await answerTo(prompt('x', { stop }))
    expect(choices[0]!.finish_reason).toBe('stop')
    expect(choices[0]!.message.content).toBe(expected ?? (await contentOf(prompt('x'))))
  })

  test('stop comes before max_tokens', async () => {
    const { choices } = await answerTo(prompt('x', { stop: 'embedded', max_tokens: 2 }))
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'I am' } })
  })

  test('n gives so many choices, and usage counts all of them', async () => {
    const { choices, usage } = await answerTo(prompt('x', { n: 3, max_tokens: 5 }))
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(usage).toEqual({ prompt_tokens: 1, completion_tokens: 15, total_tokens: 16 })
  })
})

describe('stream', () => {
  async function events(body: object): Promise<unknown[]> {
    const response = await send({ ...prompt('x'), stream: true, ...body })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const text = await response.text()
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    return text
      .split('\n\n')
      .slice(0, -2)
      .map((event) => JSON.parse(event.replace(/^data: /, '')) as unknown)
  }

  test('chunks of a word each; joined, they are the whole answer', async () => {
    const chunks = (await events({})) as { object: string; choices: { delta: { content?: string } }[] }[]
    expect(chunks.every(({ object }) => object === 'chat.completion.chunk')).toBe(true)
    expect(chunks.length).toBeGreaterThan(10)
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe(
      await contentOf(prompt('x')),
    )
    expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' }, finish_reason: null }] })
    expect(chunks.at(-1)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] })
  })

  test('usage comes last, if it is asked for', async () => {
    const chunks = await events({ stream_options: { include_usage: true }, max_tokens: 2, n: 2 })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 4, total_tokens: 5 } })
    expect(chunks[0]).toMatchObject({ usage: null })
  })

  test('calls of tools travel in deltas', async () => {
    const tools = [{ type: 'function', function: { name: 'look' } }]
    const chunks = await events({ ...prompt('look'), tools })
    expect(chunks).toContainEqual(
      expect.objectContaining({
        choices: [
          expect.objectContaining({
            delta: {
              tool_calls: [
                expect.objectContaining({ index: 0, function: { name: 'look', arguments: '{}' } }),
              ],
            },
          }),
        ],
      }),
    )
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
  })

  test('stops when its signal aborts', async () => {
    const controller = new AbortController()
    const response = await send(
      { ...prompt('x'), stream: true },
      { chunkDelay: 20, signal: controller.signal },
    )
    const reader = response.body!.getReader()
    await reader.read()
    controller.abort()
    await expect(reader.read().then(() => reader.read())).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('bad requests are answered as OpenAI’s API does', () => {
  const messages = [{ role: 'user', content: 'marker-7d1' }]
  test.for([
    ['no JSON', '{"model":', null],
    ['an array', '[]', null],
    ['no model', { messages }, 'model'],
    ['no messages', { model: 'm' }, 'messages'],
    ['an empty list of messages', { model: 'm', messages: [] }, 'messages'],
    ['a message that is null', { model: 'm', messages: [null] }, 'messages[0]'],
    ['an unknown role', { model: 'm', messages: [...messages, { role: 'marker-7d1' }] }, 'messages[1].role'],
    ['a user without content', { model: 'm', messages: [{ role: 'user' }] }, 'messages[0].content'],
    ['an unknown part', prompt([{ type: 'marker-7d1' }]), 'messages[0].content[0]'],
    ['max_tokens of zero', prompt('x', { max_tokens: 0 }), 'max_tokens'],
    ['max_tokens of a half', prompt('x', { max_tokens: 0.5 }), 'max_tokens'],
    [
      'max_completion_tokens as a string',
      prompt('x', { max_completion_tokens: '5' }),
      'max_completion_tokens',
    ],
    ['n of 129', prompt('x', { n: 129 }), 'n'],
    ['five stops', prompt('x', { stop: ['a', 'b', 'c', 'd', 'e'] }), 'stop'],
    ['an empty stop', prompt('x', { stop: '' }), 'stop'],
    ['an unknown format', prompt('x', { response_format: { type: 'xml' } }), 'response_format'],
    [
      'a json_schema without one',
      prompt('x', { response_format: { type: 'json_schema' } }),
      'response_format',
    ],
    ['tools that are none', prompt('x', { tools: [{}] }), 'tools[0]'],
    ['no tools in tools', prompt('x', { tools: [] }), 'tools'],
    [
      'a tool without a name',
      prompt('x', { tools: [{ type: 'function', function: {} }] }),
      'tools[0].function.name',
    ],
    ['required without tools', prompt('x', { tool_choice: 'required' }), 'tool_choice'],
  ] as [string, object | string, string | null][])('%s', async ([, body, param]) => {
    const response = await send(body as Record<string, unknown>)
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { message: string } }
    expect(error).toEqual({
      message: expect.any(String) as string,
      type: 'invalid_request_error',
      param,
      code: null,
    })
    expect(error.message).not.toContain('marker-7d1')
  })
})

describe('other paths', () => {
  const call = { headers: {}, body: new Uint8Array(), signal: new AbortController().signal }

  test('GET /v1/models', async () => {
    const response = await embeddedBackend().send({ ...call, method: 'GET', path: '/v1/models' })
    expect(await response.json()).toMatchObject({ object: 'list', data: [{ object: 'model' }] })
  })

  test.for([
    ['GET', '/v1/chat/completions', 405],
    ['POST', '/v1/models', 405],
    ['POST', '/v1/embeddings', 404],
  ] as ['GET' | 'POST', string, number][])('%s %s → %s', async ([method, path, status]) => {
    expect((await embeddedBackend().send({ ...call, method, path })).status).toBe(status)
  })
})
