/** POST {"question"} streams the answer as text: here the server sees the prompt, and seals it for the router. */
import { SecureChatCompletion } from '@nomyo/client'

// Making a client does no I/O, so that `next build` may load this file.
const client = new SecureChatCompletion({ allowHttp: process.env.NOMYO_ALLOW_HTTP === '1' })

export async function POST(request) {
  const { question } = await request.json()
  const messages = [{ role: 'user', content: question }]
  const chunks = await client.create(
    { model: 'Qwen/Qwen3-0.6B', messages, stream: true },
    { signal: request.signal },
  )
  const pieces = chunks[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value.choices[0]?.delta.content ?? ''))
    },
    cancel: () => pieces.return(),
  })
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
