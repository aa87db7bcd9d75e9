/** The server seals the prompt for the router. Making a client does no I/O, so that a build may load this file. */
import { SecureChatCompletion } from '@nomyo/client'

const client = new SecureChatCompletion({ allowHttp: process.env.NOMYO_ALLOW_HTTP === '1' })

export async function POST({ request }) {
  const { question } = await request.json()
  const messages = [{ role: 'user', content: question }]
  const answer = await client.create({ model: 'Qwen/Qwen3-0.6B', messages })
  return new Response(answer.choices[0]?.message.content)
}
