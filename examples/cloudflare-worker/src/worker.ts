/** POST {"question"} streams the answer as text. Set the secrets with `wrangler secret put NOMYO_API_KEY`. */
import { SecureChatCompletion } from '@nomyo/client'

interface Env {
  readonly NOMYO_API_KEY?: string
  readonly NOMYO_BASE_URL?: string
  readonly NOMYO_ALLOW_HTTP?: string
  /** `sha256/…`, more than one with commas between: a Worker forgets what it has met. */
  readonly NOMYO_PINS?: string
}

let client: SecureChatCompletion | undefined

/** Made with the first request, since that is when secrets are there; kept for those that follow. */
function clientFor(env: Env): SecureChatCompletion {
  client ??= new SecureChatCompletion({
    apiKey: env.NOMYO_API_KEY,
    baseURL: env.NOMYO_BASE_URL,
    allowHttp: env.NOMYO_ALLOW_HTTP === '1',
    serverKeyPins: env.NOMYO_PINS?.split(','),
  })
  return client
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== 'POST') return new Response('POST {"question"}', { status: 405 })
    const { question } = (await request.json()) as { question: string }
    const chunks = await clientFor(env).create({
      model: 'Qwen/Qwen3-0.6B',
      messages: [{ role: 'user', content: question }],
      stream: true,
    })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    void write(chunks, writable.getWriter())
    return new Response(readable, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  },
}

async function write(
  chunks: AsyncIterable<{ choices: { delta: { content?: string | null } }[] }>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder()
  try {
    for await (const chunk of chunks)
      await writer.write(encoder.encode(chunk.choices[0]?.delta.content ?? ''))
    await writer.close()
  } catch (error) {
    // The visitor must see that the answer is not whole.
    await writer.abort(error).catch(() => undefined)
  }
}
