/** Client and router in one worker: a question to `/` goes through both, sealed. */
import { createSecureFetch, memoryKeyStore, SecureChatCompletion, type KeyStore } from '@nomyo/client'
import { generateKeyPair } from '@nomyo/core'
import {
  createRouter,
  openAIBackend,
  type Backend,
  type BackendCall,
  type RouterHandler,
} from '@nomyo/router'

export interface Env {
  readonly MODELS_URL?: string
}

/** A backend of one's own. */
const echo: Backend = {
  async send({ body }: BackendCall): Promise<Response> {
    const { messages } = JSON.parse(new TextDecoder().decode(body)) as { messages: { content: string }[] }
    const message = { role: 'assistant', content: messages[0]?.content.toUpperCase(), refusal: null }
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
    return Response.json({ id: 'echo', object: 'chat.completion', created: 0, model: 'echo', choices })
  },
}

async function routerFor({ MODELS_URL }: Env): Promise<RouterHandler> {
  const backend = MODELS_URL === undefined ? echo : openAIBackend({ baseURL: MODELS_URL })
  return createRouter({ keys: await generateKeyPair({ modulusLength: 2048 }), backend })
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const router = await routerFor(env)
    const keyStore: KeyStore = memoryKeyStore()
    const through: typeof fetch = (input, init) => router(new Request(input, init))
    const options = { baseURL: 'https://router.example', keyStore, fetch: through, logLevel: 'off' } as const
    if (request.method === 'POST')
      return createSecureFetch(options)('https://router.example/v1/chat/completions', request)
    const client = new SecureChatCompletion(options)
    const answer = await client.create({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] })
    return new Response(answer.choices[0]?.message.content)
  },
}
