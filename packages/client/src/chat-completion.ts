import { readAnswer, type Answer } from './answer.js'
import type { Connection } from './connection.js'
import { COMPLETION_PATH } from './exchange/exchange.js'
import type { ResolvedCall } from './options/call-options.js'
import type { Payload } from './payload.js'

/** Sends a chat completion, sealed, and gives the opened answer. The payload stays the caller's. */
export async function complete(
  connection: Connection,
  payload: Payload,
  call: ResolvedCall,
): Promise<Answer> {
  const { stream, plaintext } = payload
  const limit = connection.options.limits.maxResponseBytes
  const accept = stream === undefined ? 'application/json' : 'text/event-stream'
  return connection.run(call, async ({ protocol, send, ...ends }) => {
    const response = await send({
      method: 'POST',
      path: COMPLETION_PATH,
      innerHeaders: { accept, 'content-type': 'application/json' },
      body: plaintext[protocol],
    })
    return readAnswer(response, { wantsStream: stream !== undefined, limit, ...ends })
  })
}
