/** The lean router with a listener of its own. Arguments: its key pair. Says its address. */
import { createServer } from 'node:http'
import { floorRouter } from '../floor/router.mjs'

/** As long as what the SDK's built-in responder answers to a small question. */
const ANSWER_CHARACTERS = 250

const message = { role: 'assistant', content: 'a'.repeat(ANSWER_CHARACTERS) }
const completion = {
  ...{ id: 'bench', object: 'chat.completion', created: 1, model: 'bench' },
  choices: [{ index: 0, message, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

/** It reads what it is asked, as any server does. */
const backend = {
  async send({ body }) {
    const { model } = JSON.parse(new TextDecoder().decode(body))
    return Response.json({ ...completion, model })
  },
}

process.on('disconnect', () => process.exit())
const handler = await floorRouter({ ...JSON.parse(process.argv[2]), backend })
const server = createServer((request, response) => void handler(request, response))
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
