/** POST /chat with {"question"} streams the answer as text. The browser trusts this server; nobody behind it reads along. */
import { serve } from '@hono/node-server'
import { NomyoError, SecureChatCompletion } from '@nomyo/client'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { Hono } from 'hono'
import { streamText } from 'hono/streaming'

const { NOMYO_KEY_DIR = 'client_keys', NOMYO_KEY_PASSWORD, NOMYO_ALLOW_HTTP, PORT = '3000' } = process.env

const client = new SecureChatCompletion({
  allowHttp: NOMYO_ALLOW_HTTP === '1',
  keyStore: pemKeyStore({
    dir: NOMYO_KEY_DIR,
    ...(NOMYO_KEY_PASSWORD === undefined ? {} : { password: NOMYO_KEY_PASSWORD }),
  }),
})

const app = new Hono()

app.post('/chat', async (context) => {
  const { question } = await context.req.json<{ question: string }>()
  const chunks = await client.create(
    { model: 'Qwen/Qwen3-0.6B', messages: [{ role: 'user', content: question }], stream: true },
    // A visitor who leaves ends the generation.
    { signal: context.req.raw.signal },
  )
  return streamText(context, async (stream) => {
    for await (const chunk of chunks) await stream.write(chunk.choices[0]?.delta.content ?? '')
  })
})

app.onError((error, context) => {
  // The code says what happened, and holds nothing of the question or the answer.
  const code = NomyoError.isInstance(error) ? error.code : 'internal'
  return context.json({ error: code }, 502)
})

serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`http://localhost:${port}`))
