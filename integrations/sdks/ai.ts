import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  embed,
  generateText,
  isStepCount,
  Output,
  RetryError,
  streamText,
  tool,
  type LanguageModel,
} from 'ai'
import { z } from 'zod'
import { MODEL, type Sdk, type Seen, type Target } from './sdk.ts'

const SCHEMA = z.object({ city: z.string(), degrees: z.number() })

function sdkOver(name: string, modelFor: (target: Target) => LanguageModel): Sdk {
  return {
    name,
    async plain(target, { prompt, signal }) {
      return (await generateText({ model: modelFor(target), prompt, abortSignal: signal })).text
    },
    async streamed(target, { prompt, signal, onText }) {
      let text = ''
      const { fullStream } = streamText({
        model: modelFor(target),
        prompt,
        abortSignal: signal,
        onError: () => undefined,
      })
      for await (const part of fullStream) {
        if (part.type === 'error') throw part.error
        if (part.type === 'abort') throw signal?.reason ?? new Error('aborted')
        if (part.type !== 'text-delta') continue
        text += part.text
        onText?.(part.text)
      }
      return text
    },
    async tools(target, { prompt }, weather) {
      const inputSchema = z.object({ city: z.string() })
      const tools = { weather: tool({ inputSchema, execute: async ({ city }) => weather(city) }) }
      return (await generateText({ model: modelFor(target), prompt, tools, stopWhen: isStepCount(2) })).text
    },
    async schema(target, { prompt }) {
      const output = Output.object({ schema: SCHEMA })
      return (await generateText({ model: modelFor(target), prompt, output })).output
    },
    seen,
  }
}

function seen(error: unknown): Seen {
  const last = RetryError.isInstance(error) ? error.lastError : error
  if (!APICallError.isInstance(last))
    return { name: (last as Error).name, status: undefined, code: undefined }
  const body = JSON.parse(last.responseBody ?? '{}') as { error?: { code?: string } }
  return { name: last.name, status: last.statusCode, code: body.error?.code }
}

const compatible = ({ baseURL, apiKey, fetch }: Target): ReturnType<typeof createOpenAICompatible> =>
  createOpenAICompatible({ name: 'nomyo', baseURL, apiKey, fetch, supportsStructuredOutputs: true })
const own = ({ baseURL, apiKey, fetch }: Target): ReturnType<typeof createOpenAI> =>
  createOpenAI({ baseURL, apiKey, fetch })

/** The AI SDK with the provider for every server of OpenAI's API. */
export const aiCompatible: Sdk = {
  ...sdkOver('ai, openai-compatible', (target) => compatible(target)(MODEL)),
  beyondChat: {
    embeddings: async (target, { prompt }) =>
      (await embed({ model: compatible(target).embeddingModel(MODEL), value: prompt })).embedding,
  },
}

/** The AI SDK with OpenAI's own provider, asked for chat completions. */
export const aiOpenAI: Sdk = {
  ...sdkOver('ai, openai .chat()', (target) => own(target).chat(MODEL)),
  beyondChat: {
    'embeddings': async (target, { prompt }) =>
      (await embed({ model: own(target).embedding(MODEL), value: prompt })).embedding,
    'responses': async (target, { prompt }) =>
      (await generateText({ model: own(target)(MODEL), prompt })).text,
    'responses, streamed': async (target, { prompt }) => {
      let text = ''
      for await (const piece of streamText({ model: own(target)(MODEL), prompt }).textStream) text += piece
      return text
    },
  },
}
