/** Our types beside those of the `openai` package: the compiler is the test. */
import type {
  APIPromise,
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  SecureChatCompletion,
  Stream,
} from '@nomyo/client'
import type OpenAI from 'openai'
import { expectTypeOf, test } from 'vitest'

type Theirs = OpenAI.ChatCompletionCreateParams

/** Never called: what is in it must compile. */
export async function calls(client: SecureChatCompletion, any: Theirs): Promise<void> {
  const whole: OpenAI.ChatCompletionCreateParamsNonStreaming = { model: 'm', messages: [] }
  const streamed: OpenAI.ChatCompletionCreateParamsStreaming = { ...whole, stream: true }
  expectTypeOf(client.create(whole)).toEqualTypeOf<APIPromise<ChatCompletion>>()
  expectTypeOf(client.create(streamed)).toEqualTypeOf<APIPromise<Stream<ChatCompletionChunk>>>()
  expectTypeOf(client.chat.completions.create(any)).toEqualTypeOf<
    APIPromise<ChatCompletion | Stream<ChatCompletionChunk>>
  >()
  const answer: OpenAI.ChatCompletion = await client.create(whole)
  for await (const chunk of await client.create(streamed)) {
    const theirs: OpenAI.ChatCompletionChunk = chunk
    void theirs
  }
  // A conversation goes on with what came back.
  const [choice] = answer.choices
  const messages: OpenAI.ChatCompletionMessageParam[] = [choice!.message]
  await client.create({ ...whole, messages })
  const ours = await client.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  await client.create({ model: 'm', messages: [ours.choices[0]!.message] })
}

/** Parameters without a type travel as they are given; those with one are checked. */
export async function parameters(client: SecureChatCompletion): Promise<void> {
  await client.create({
    model: 'm',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        ],
      },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: { type: 'json_schema', json_schema: { name: 's', schema: {}, strict: true } },
    reasoning_effort: 'low',
    logprobs: true,
    top_logprobs: 2,
    seed: 1,
    guided_choice: ['a', 'b'],
    chat_template_kwargs: { enable_thinking: false },
  })
  // @ts-expect-error a message needs a role that is one
  await client.create({ model: 'm', messages: [{ role: 'robot', content: 'Hi' }] })
  // @ts-expect-error a temperature is a number
  await client.create({ model: 'm', messages: [], temperature: 'hot' })
  // @ts-expect-error there is no request without a model
  await client.create({ messages: [] })
}

test('OpenAI’s parameters are accepted, and our answers are theirs', () => {
  expectTypeOf<Theirs>().toExtend<ChatCompletionCreateParams>()
  expectTypeOf<ChatCompletion>().toExtend<OpenAI.ChatCompletion>()
  expectTypeOf<ChatCompletionChunk>().toExtend<OpenAI.ChatCompletionChunk>()
  expectTypeOf<ChatCompletion['_metadata']['payload_id']>().toEqualTypeOf<string>()
})
