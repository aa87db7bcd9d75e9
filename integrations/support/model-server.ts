/**
 * A stand-in for a model's server, as no model can be had in a test: real HTTP in OpenAI's form, with answers that
 * follow from the request.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANSWER, CITY } from './markers.ts'

/** A running server. */
export interface ModelServer {
  readonly url: string
  /** What it was asked, in order. */
  readonly requests: readonly Asked[]
  close(): Promise<void>
}

/** One request. */
export interface Asked {
  readonly path: string
  readonly body: Body
  /** Resolves when its connection is gone before it was answered. */
  readonly gone: Promise<void>
}

interface Body {
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly tools?: readonly unknown[]
  readonly response_format?: { readonly type?: string }
  readonly text?: { readonly format?: { readonly type?: string } }
  readonly input?: unknown
  readonly prompt?: string
  readonly encoding_format?: string
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[]
}

const HEAD = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'test-model' }
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

/** Starts one. */
export async function modelServer(): Promise<ModelServer> {
  const requests: Asked[] = []
  const server = createServer((request, response) => void answer(request, response, requests))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, requests: Asked[]): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (request.url === '/v1/audio/transcriptions') return transcribe(request, Buffer.concat(chunks), response)
  const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Body
  const gone = new Promise<void>((resolve) => {
    response.on('close', () => {
      if (!response.writableFinished) resolve()
    })
  })
  const path = request.url ?? ''
  requests.push({ path, body, gone })
  if (path === '/v1/embeddings') return embed(body, response)
  if (path === '/v1/responses') return respond(body, response)
  if (path === '/v1/models')
    return json(response, { object: 'list', data: [{ id: 'test-model', object: 'model' }] })
  if (path === '/v1/completions') return complete(body, response)
  if (JSON.stringify(body.messages).includes('wait for ever')) return wait(body, response)
  if (body.stream === true) return stream(body, response)
  json(response, { ...HEAD, object: 'chat.completion', choices: [choice(body)], usage: USAGE })
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

interface Message {
  readonly role: 'assistant'
  readonly content: string | null
  readonly tool_calls?: readonly {
    id: string
    type: 'function'
    function: { name: string; arguments: string }
  }[]
}

function messageFor(body: Body): Message {
  const last = body.messages?.at(-1)
  if (last?.role === 'tool')
    return { role: 'assistant', content: `${ANSWER}: the tool said ${textOf(last.content)}` }
  if (body.tools !== undefined && body.tools.length > 0) {
    const call = { name: 'weather', arguments: JSON.stringify({ city: CITY }) }
    return {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: call }],
    }
  }
  if (body.response_format?.type === 'json_schema') {
    return { role: 'assistant', content: JSON.stringify({ city: CITY, degrees: 21 }) }
  }
  return { role: 'assistant', content: `${ANSWER}: you said ${textOf(last?.content)}` }
}

function choice(body: Body): object {
  const message = messageFor(body)
  return { index: 0, message, logprobs: null, finish_reason: message.tool_calls ? 'tool_calls' : 'stop' }
}

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content)
}

function stream(body: Body, response: ServerResponse): void {
  const { content, tool_calls: calls } = messageFor(body)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send(response, { role: 'assistant', content: '' })
  for (const word of content?.match(/\S+\s*/g) ?? []) send(response, { content: word })
  for (const [index, call] of (calls ?? []).entries()) send(response, { tool_calls: [{ index, ...call }] })
  send(response, {}, calls ? 'tool_calls' : 'stop')
  if (body.stream_options?.include_usage)
    event(response, { ...HEAD, object: CHUNK, choices: [], usage: USAGE })
  response.end('data: [DONE]\n\n')
}

const CHUNK = 'chat.completion.chunk'

function send(response: ServerResponse, delta: object, finish_reason: string | null = null): void {
  event(response, { ...HEAD, object: CHUNK, choices: [{ index: 0, delta, finish_reason }] })
}

function event(response: ServerResponse, value: object): void {
  response.write(`data: ${JSON.stringify(value)}\n\n`)
}

/** Says one word, if it streams, and then nothing any more. */
function wait(body: Body, response: ServerResponse): void {
  if (body.stream !== true) return
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send(response, { role: 'assistant', content: 'first ' })
}

function embed({ encoding_format: format }: Body, response: ServerResponse): void {
  const floats = Float32Array.of(0.25, -0.5, 1)
  const embedding = format === 'base64' ? Buffer.from(floats.buffer).toString('base64') : Array.from(floats)
  const data = [{ object: 'embedding', index: 0, embedding }]
  json(response, { object: 'list', model: 'test-model', data, usage: { prompt_tokens: 1, total_tokens: 1 } })
}

/** Says what it was told to go on with. */
function complete({ prompt }: Body, response: ServerResponse): void {
  const choices = [{ index: 0, text: `${ANSWER}: you said ${prompt}`, finish_reason: 'stop', logprobs: null }]
  json(response, { ...HEAD, object: 'text_completion', choices, usage: USAGE })
}

/** Says what is in the file of the form. */
async function transcribe(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const file = (await new Response(new Uint8Array(body), { headers }).formData()).get('file')
  json(response, { text: `${ANSWER}: you said ${file instanceof File ? await file.text() : 'nothing'}` })
}

function respond(body: Body, response: ServerResponse): void {
  const text = `${ANSWER}: you said ${JSON.stringify(body.input)}`
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] }
  const usage = {
    ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  }
  const base = {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'test-model',
    error: null,
  }
  const whole = { ...base, status: 'completed', output: [item], usage, incomplete_details: null }
  if (body.stream !== true) return json(response, whole)
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const events = [
    { type: 'response.created', response: { ...base, status: 'in_progress', output: [] } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ]
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  events.forEach((value, i) => event(response, { ...value, sequence_number: i }))
  response.end()
}
