/** What stands behind the router: its embedded responder, and what that does not do. */
import { embeddedBackend, type Backend, type BackendCall } from '@nomyo/router'

/** A model that waits: what has become of it. */
class Held {
  readonly asked = new Signal<string>()
  readonly release = new Signal<string>()
  readonly ended = new Signal<string>()
}

/** Something that happens once. */
class Signal<T> {
  resolve!: (value: T) => void
  readonly promise: Promise<T> = new Promise((resolve) => (this.resolve = resolve))
}

const held = new Map<string, Held>()

function heldBy(id: string): Held {
  const known = held.get(id) ?? new Held()
  held.set(id, known)
  return known
}

/** Tells of a model that waits, or lets it go on, for a path such as `/held-model/<id>/ended`. */
export async function tellOfHeld(pathname: string): Promise<Response> {
  const [, , id, what] = pathname.split('/') as [string, string, string, 'asked' | 'release' | 'ended']
  const signal = heldBy(id)[what]
  if (what === 'release') signal.resolve('released')
  return new Response(await signal.promise, { headers: { 'access-control-allow-origin': '*' } })
}

export function testBackend(): Backend {
  const embedded = embeddedBackend()
  return {
    async send(call) {
      const path = call.path.split('?')[0]
      if (path === '/v1/embeddings') return embed(call)
      if (path === '/v1/audio/transcriptions') return transcribe(call)
      const request = call.body.length > 0 && call.body.length < 10_000 ? readRequest(call) : undefined
      return request?.model.startsWith('held:') ? hold(request, call.signal) : embedded.send(call)
    },
  }
}

interface ModelRequest {
  readonly model: string
  readonly stream?: boolean
}

const readRequest = ({ body }: BackendCall): ModelRequest =>
  JSON.parse(Buffer.from(body).toString()) as ModelRequest

function embed({ body }: BackendCall): Response {
  const { input } = JSON.parse(Buffer.from(body).toString()) as { input: string }
  const data = [{ object: 'embedding', index: 0, embedding: [0.25, -0.5, input.length] }]
  return Response.json({ object: 'list', model: 'x', data })
}

/** Says what it was sent, in place of what was spoken. */
async function transcribe({ body, headers }: BackendCall): Promise<Response> {
  const form = await new Response(body, { headers }).formData()
  const file = form.get('file') as File
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())).toString('hex')
  return Response.json({ text: `${String(form.get('model'))} ${file.name} ${file.type} ${digest}` })
}

function hold({ model, stream }: ModelRequest, signal: AbortSignal): Promise<Response> | Response {
  const { asked, release, ended } = heldBy(model.slice(5))
  signal.addEventListener('abort', () => ended.resolve('aborted'))
  asked.resolve('asked')
  const head = { id: 'chatcmpl-1', created: 1_700_000_000, model }
  if (stream !== true) {
    return release.promise.then(() => {
      ended.resolve('answered')
      const message = { role: 'assistant', content: 'first second' }
      return Response.json({
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      })
    })
  }
  const event = (content: string): Uint8Array => {
    const choices = [{ index: 0, delta: { content }, finish_reason: null }]
    return Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`)
  }
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(event('first ')),
    async pull(controller) {
      await release.promise
      controller.enqueue(event('second'))
      controller.enqueue(Buffer.from('data: [DONE]\n\n'))
      controller.close()
      ended.resolve('answered')
    },
    cancel: () => ended.resolve('aborted'),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
