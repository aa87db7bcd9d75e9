/** What the watched processes talk to: a models' server that gives the answer that is looked for. */
import { startModels, type ModelsServer } from '../support/stack.ts'
import { DONE, event, EVENTS } from '../support/stack.ts'

/** So long that it takes several frames. */
export const FILLER: string = ' and so on'.repeat(10_000)

/** Answers each request with that text and the filler; as a stream with the text alone. */
export async function startModelsThatSay(answer: string): Promise<ModelsServer> {
  const message = { role: 'assistant', content: answer + FILLER }
  const choices = [{ index: 0, finish_reason: 'stop', message }]
  const whole = { id: 'c', object: 'chat.completion', created: 1, model: 'test-model', choices }
  return startModels((response, { body }) => {
    const { stream } = JSON.parse(body) as { stream?: boolean }
    if (stream) response.writeHead(200, EVENTS).end(event(answer) + DONE)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
  })
}
