import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { z } from 'zod'
import { fieldsOf, MODEL, type Sdk, type Target } from './sdk.ts'

const modelFor = ({ baseURL, apiKey, fetch }: Target, more: { useResponsesApi?: boolean } = {}): ChatOpenAI =>
  new ChatOpenAI({ model: MODEL, apiKey, configuration: { baseURL, fetch }, maxRetries: 2, ...more })

const SCHEMA = z.object({ city: z.string(), degrees: z.number() })

async function streamText(
  model: ChatOpenAI,
  prompt: string,
  signal?: AbortSignal,
  onText?: (text: string) => void,
): Promise<string> {
  let text = ''
  for await (const chunk of await model.stream(prompt, { signal })) {
    const piece = chunk.text
    text += piece
    if (piece !== '') onText?.(piece)
  }
  if (signal?.aborted) throw signal.reason
  return text
}

/** LangChain's model over OpenAI's client. */
export const langchain: Sdk = {
  name: 'langchain',
  plain: async (target, { prompt, signal }) => (await modelFor(target).invoke(prompt, { signal })).text,
  streamed: async (target, { prompt, signal, onText }) =>
    streamText(modelFor(target), prompt, signal, onText),
  async tools(target, { prompt }, weather) {
    const schema = z.object({ city: z.string() })
    const model = modelFor(target).bindTools([
      tool(({ city }: { city: string }) => weather(city), { name: 'weather', schema }),
    ])
    const question = new HumanMessage(prompt)
    const first = await model.invoke([question])
    const call = first.tool_calls?.[0]
    if (call === undefined) throw new Error('no tool was called')
    const result = new ToolMessage({ content: weather(String(call.args['city'])), tool_call_id: call.id! })
    return (await modelFor(target).invoke([question, first, result])).text
  },
  schema: async (target, { prompt }) =>
    modelFor(target).withStructuredOutput(SCHEMA, { method: 'jsonSchema' }).invoke(prompt),
  seen(error) {
    const { name = '', status, code } = fieldsOf(error)
    return { name, status, code }
  },
  beyondChat: {
    'embeddings': async ({ baseURL, apiKey, fetch }, { prompt }) =>
      new OpenAIEmbeddings({ model: MODEL, apiKey, configuration: { baseURL, fetch } }).embedQuery(prompt),
    'responses': async (target, { prompt }) =>
      (await modelFor(target, { useResponsesApi: true }).invoke(prompt)).text,
    'responses, streamed': async (target, { prompt }) =>
      streamText(modelFor(target, { useResponsesApi: true }), prompt),
  },
}
