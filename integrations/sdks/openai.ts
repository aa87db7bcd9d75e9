import OpenAI, { APIError } from 'openai'
import { fieldsOf, MODEL, type Ask, type Sdk, type Target } from './sdk.ts'

const clientFor = ({ baseURL, apiKey, fetch }: Target): OpenAI => new OpenAI({ baseURL, apiKey, fetch })
const messages = (prompt: string): [{ role: 'user'; content: string }] => [{ role: 'user', content: prompt }]

const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const

async function collect(
  chunks: AsyncIterable<{ choices: { delta: { content?: string | null } }[]; usage?: unknown }>,
  onText: Ask['onText'],
): Promise<{ text: string; usage: unknown }> {
  let [text, usage]: [string, unknown] = ['', undefined]
  for await (const chunk of chunks) {
    const piece = chunk.choices[0]?.delta.content ?? ''
    text += piece
    usage = chunk.usage ?? usage
    if (piece !== '') onText?.(piece)
  }
  return { text, usage }
}

/** OpenAI's own client. */
export const openai: Sdk = {
  name: 'openai',
  async plain(target, { prompt, signal }) {
    const request = { model: MODEL, messages: messages(prompt) }
    const answer = await clientFor(target).chat.completions.create(request, { signal })
    return answer.choices[0]?.message.content ?? ''
  },
  async streamed(target, { prompt, signal, onText }) {
    const request = {
      model: MODEL,
      messages: messages(prompt),
      stream: true,
      stream_options: { include_usage: true },
    } as const
    const chunks = await clientFor(target).chat.completions.create(request, { signal })
    const { text, usage } = await collect(chunks, onText)
    // It takes an abort for an end; everything else must have brought the usage.
    if (usage === undefined && signal?.aborted !== true) throw new Error('no usage came')
    if (signal?.aborted) throw signal.reason
    return text
  },
  async tools(target, { prompt }, weather) {
    const client = clientFor(target)
    const first = await client.chat.completions.create({
      model: MODEL,
      messages: messages(prompt),
      tools: [WEATHER],
    })
    const message = first.choices[0]!.message
    const call = message.tool_calls?.[0]
    if (call?.type !== 'function') throw new Error('no tool was called')
    const { city } = JSON.parse(call.function.arguments) as { city: string }
    const second = await client.chat.completions.create({
      model: MODEL,
      messages: [
        ...messages(prompt),
        message,
        { role: 'tool', tool_call_id: call.id, content: weather(city) },
      ],
    })
    return second.choices[0]?.message.content ?? ''
  },
  async schema(target, { prompt }) {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'number' } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    }
    const answer = await clientFor(target).chat.completions.parse({
      model: MODEL,
      messages: messages(prompt),
      response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } },
    })
    return JSON.parse(answer.choices[0]!.message.content!) as { city: string; degrees: number }
  },
  seen(error) {
    const { name = '', status, code } = fieldsOf(error)
    return { name: error instanceof APIError ? error.constructor.name : name, status, code }
  },
  beyondChat: {
    'embeddings': async (target, { prompt }) => {
      const { data } = await clientFor(target).embeddings.create({ model: MODEL, input: prompt })
      return data[0]?.embedding
    },
    'embeddings as floats': async (target, { prompt }) => {
      const request = { model: MODEL, input: prompt, encoding_format: 'float' } as const
      return (await clientFor(target).embeddings.create(request)).data[0]?.embedding
    },
    'completions': async (target, { prompt }) =>
      (await clientFor(target).completions.create({ model: MODEL, prompt })).choices[0]?.text,
    'upload in a form': async (target, { prompt }) => {
      const file = new File([prompt], 'speech.wav', { type: 'audio/wav' })
      return (await clientFor(target).audio.transcriptions.create({ model: MODEL, file })).text
    },
    'responses': async (target, { prompt }) =>
      (await clientFor(target).responses.create({ model: MODEL, input: prompt })).output_text,
    'responses, streamed': async (target, { prompt }) => {
      let text = ''
      const events = await clientFor(target).responses.create({ model: MODEL, input: prompt, stream: true })
      for await (const event of events) if (event.type === 'response.output_text.delta') text += event.delta
      return text
    },
    'models': async (target) => (await clientFor(target).models.list()).data[0]?.id,
  },
}
