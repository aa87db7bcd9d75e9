/** A models' server of which nothing is measured: answers as long as their requests, and streams as asked. */

const encoder = new TextEncoder()
const answers = new Map()

function completionOf(bytes) {
  let answer = answers.get(bytes)
  if (answer === undefined) {
    const message = { role: 'assistant', content: 'a'.repeat(bytes) }
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    const completion = { id: 'bench', object: 'chat.completion', created: 1, model: 'bench', choices, usage }
    answers.set(bytes, (answer = encoder.encode(JSON.stringify(completion))))
  }
  return answer
}

function chunkOf(i) {
  const choices = [{ index: 0, delta: { content: `token ${i} ` }, finish_reason: null }]
  return encoder.encode(
    `data: ${JSON.stringify({ id: 'bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices })}\n\n`,
  )
}

function eventStream(count) {
  let i = 0
  const body = new ReadableStream({
    pull(controller) {
      if (i < count) return controller.enqueue(chunkOf(i++))
      controller.enqueue(encoder.encode('data: [DONE]\n\n'))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** `seed` in a small request is the number of chunks to stream; any other is answered whole, at the same length. */
export const backend = {
  async send({ body }) {
    const request = body.length < 4096 ? JSON.parse(new TextDecoder().decode(body)) : {}
    if (request.stream === true) return eventStream(request.seed)
    const bytes = completionOf(Math.max(1, body.length - 200)).slice()
    return new Response(bytes, { headers: { 'content-type': 'application/json' } })
  },
}

/** The same server in plain HTTP. */
export async function plainHandler(request) {
  return backend.send({ body: new Uint8Array(await request.arrayBuffer()) })
}
