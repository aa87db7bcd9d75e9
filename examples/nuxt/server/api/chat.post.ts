/** The server seals the prompt for the router. Making a client does no I/O, so that a build may load this file. */
import { SecureChatCompletion } from '@nomyo/client'

const client = new SecureChatCompletion({ allowHttp: process.env.NOMYO_ALLOW_HTTP === '1' })

export default defineEventHandler(async (event) => {
  const { question } = await readBody<{ question: string }>(event)
  const messages = [{ role: 'user' as const, content: question }]
  const answer = await client.create({ model: 'Qwen/Qwen3-0.6B', messages })
  return answer.choices[0]?.message.content
})
