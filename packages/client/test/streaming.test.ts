/** An answer that came as a whole, given out in chunks. */
import {
  Stream,
  type ChatCompletionChunk,
  type ChatCompletionCreateParamsBase,
  type CallOptions,
} from '@nomyo/client'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from './support/client.ts'
import { completion, failure, startTestRouter } from './support/test-router.ts'

/** What the client adds itself, in the first chunk. */
const METADATA = {
  payload_id: expect.any(String) as string,
  processed_at: 1_700_000_000.5,
  is_encrypted: true,
  encryption_algorithm: 'hybrid-aes256-rsa4096',
}
const USAGE = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }
const LOGPROBS = {
  content: [{ token: 'Hi', bytes: [72, 105], logprob: -0.1, top_logprobs: [] }],
  refusal: null,
}
const CALLS = [
  { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Köln"}' } },
  { id: 'call_2', type: 'custom', custom: { name: 'shell', input: 'ls' } },
] as const

/** The stream of one call, answered with `answer`, and what the router was asked. */
async function streamed(
  answer: object,
  more: Partial<ChatCompletionCreateParamsBase> = {},
  options: CallOptions = {},
): Promise<{ stream: Stream<ChatCompletionChunk>; asked: unknown }> {
  await using router = await startTestRouter({ onMessage: () => ({ sealed: answer }) })
  const client = await clientOf(router)
  const stream = await client.create({ ...ask(), ...more, stream: true as const }, options)
  return { stream, asked: router.messages[0]!.json }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const choices = (choice: object, index = 0): object => ({
  ...completion(),
  choices: [{ index, finish_reason: 'stop', logprobs: null, ...choice }],
})

describe('chunks', () => {
  test('of text: role, content, finish reason', async () => {
    const { stream } = await streamed(completion('Hello'))
    const head = {
      id: 'chatcmpl-test',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'test-model',
    }
    const piece = (delta: object, finish_reason: string | null = null): object => ({
      ...head,
      choices: [{ index: 0, delta, finish_reason }],
    })
    expect(await all(stream)).toEqual([
      { ...piece({ role: 'assistant', content: '' }), _metadata: METADATA },
      piece({ content: 'Hello' }),
      piece({}, 'stop'),
    ])
  })

  test('of tool calls, each with its index', async () => {
    const message = { role: 'assistant', content: null, tool_calls: CALLS }
    const { stream } = await streamed(choices({ message, finish_reason: 'tool_calls' }))
    const chunks = await all(stream)
    expect(chunks.map((chunk) => chunk.choices[0]!.delta)).toEqual([
      { role: 'assistant', content: null },
      { tool_calls: [{ index: 0, ...CALLS[0] }] },
      { tool_calls: [{ index: 1, ...CALLS[1] }] },
      {},
    ])
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('tool_calls')
  })

  test('of a refusal, of logprobs, of reasoning', async () => {
    const refused = choices({ message: { role: 'assistant', content: null, refusal: 'No.' } })
    expect((await all((await streamed(refused)).stream))[1]!.choices[0]!.delta).toEqual({ refusal: 'No.' })
    const likely = choices({
      message: { role: 'assistant', content: 'Hi', refusal: null },
      logprobs: LOGPROBS,
    })
    const [, text] = await all((await streamed(likely)).stream)
    expect(text!.choices[0]).toMatchObject({ delta: { content: 'Hi' }, logprobs: LOGPROBS })
    const thought = choices({ message: { role: 'assistant', content: 'Hi', reasoning_content: 'Hm.' } })
    const deltas = (await all((await streamed(thought)).stream)).map((chunk) => chunk.choices[0]!.delta)
    expect(deltas.slice(1, 3)).toEqual([{ reasoning_content: 'Hm.' }, { content: 'Hi' }])
  })

  test('of several choices', async () => {
    const answer = {
      ...completion(),
      choices: ['one', 'two'].map((content, index) => {
        return { index, message: { role: 'assistant', content }, finish_reason: 'stop' }
      }),
    }
    const chunks = await all((await streamed(answer, { n: 2 })).stream)
    for (const [index, text] of ['one', 'two'].entries()) {
      const own = chunks.map((chunk) => chunk.choices[0]!).filter((choice) => choice.index === index)
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe(text)
      expect(own.at(-1)!.finish_reason).toBe('stop')
    }
  })

  test('tell the usage at the end, if it was asked for', async () => {
    const answer = { ...completion(), usage: USAGE }
    const { stream } = await streamed(answer, { stream_options: { include_usage: true } })
    const chunks = await all(stream)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE })
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
    const silent = await all((await streamed(answer)).stream)
    expect(silent.every((chunk) => !('usage' in chunk))).toBe(true)
  })

  test('of a large answer are whole', async () => {
    const content = 'é世🎉"\\\n'.repeat(100_000)
    const chunks = await all((await streamed(completion(content))).stream)
    expect(chunks.map((chunk) => chunk.choices[0]!.delta.content ?? '').join('') === content).toBe(true)
  })
})

test('over protocol 1.0 the wish for a stream stays here', async () => {
  const { asked } = await streamed(completion(), { stream_options: { include_usage: true }, seed: 7 })
  expect(asked).toEqual({ ...ask(), seed: 7 })
})

describe('the stream', () => {
  test('can be read once', async () => {
    const { stream } = await streamed(completion())
    await all(stream)
    for (const read of [() => all(stream), async () => stream.tee(), async () => all(stream)]) {
      expect(await failureOf(read)).toMatchObject({ name: 'ValidationError' })
    }
  })

  test('tee gives the same twice, whichever is read first', async () => {
    const { stream } = await streamed(completion('Hello'))
    const [left, right] = stream.tee()
    const first = await left[Symbol.asyncIterator]().next()
    const rest = await all(right)
    expect(rest[0]).toEqual(first.value)
    expect(rest).toHaveLength(3)
    expect(left).toBeInstanceOf(Stream)
  })

  test('toReadableStream gives lines of JSON', async () => {
    const { stream } = await streamed(completion('Hello'))
    const text = await new Response(stream.toReadableStream()).text()
    expect(text.endsWith('\n')).toBe(true)
    const lines = text.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as ChatCompletionChunk).object)).toEqual(
      lines.map(() => 'chat.completion.chunk'),
    )
    expect(lines).toHaveLength(3)
  })

  test('break cancels, and so does the reader of toReadableStream', async () => {
    const { stream } = await streamed(completion())
    for await (const chunk of stream) {
      expect(chunk.choices[0]!.delta.role).toBe('assistant')
      break
    }
    expect(stream.controller.signal.aborted).toBe(true)
    const other = (await streamed(completion())).stream
    const reader = other.toReadableStream().getReader()
    await reader.read()
    await reader.cancel()
    expect(other.controller.signal.aborted).toBe(true)
  })

  test('controller.abort() ends the loop without an error', async () => {
    const { stream } = await streamed(completion())
    const seen: unknown[] = []
    for await (const chunk of stream) {
      seen.push(chunk)
      stream.controller.abort()
    }
    expect(seen).toHaveLength(1)
  })

  test('read to its end is not aborted', async () => {
    const { stream } = await streamed(completion())
    await all(stream)
    expect(stream.controller.signal.aborted).toBe(false)
  })
})

describe('failures', () => {
  test('come before the stream, as without one', async () => {
    await using router = await startTestRouter({ onMessage: () => failure(401, 'no') })
    const client = await clientOf(router)
    const error = await failureOf(() => client.create({ ...ask(), stream: true }))
    expect(error).toMatchObject({ name: 'AuthenticationError' })
  })

  test('that came sealed too', async () => {
    const error = await failureOf(() => streamed({ error: { message: 'busy' } }))
    expect(error).toMatchObject({ name: 'APIError', detail: 'busy', authenticated: true })
  })

  test('an answer that is no completion', async () => {
    expect(await failureOf(() => streamed({ some: 'thing' }))).toMatchObject({ code: 'answer_mismatch' })
  })
})
