/** A models' server behind the router that says what it was told, and counts how often it was told each text. */
import type { serveRouter } from '../../../cli/test/support/stack.ts'
import { completion } from '../support/test-router.ts'
import { DONE, event, EVENTS } from '../support/events.ts'

type Backend = Parameters<typeof serveRouter>[0]['backend']

/** One that counts. */
export interface EchoBackend extends Backend {
  /** How often it was asked with that text. */
  times(text: string): number
}

/** What it says to that. */
export function echoOf(text: string): string {
  return `You said: ${text}.`
}

/** Makes one. */
export function echoBackend(): EchoBackend {
  const counts = new Map<string, number>()
  return {
    times: (text) => counts.get(text) ?? 0,
    async send({ body }) {
      const { messages, stream } = JSON.parse(new TextDecoder().decode(body)) as Asked
      const text = messages[0]!.content
      counts.set(text, (counts.get(text) ?? 0) + 1)
      if (stream !== true) return Response.json(completion(echoOf(text)))
      return new Response(eventsOf(echoOf(text)), { headers: EVENTS })
    },
  }
}

interface Asked {
  readonly messages: readonly { readonly content: string }[]
  readonly stream?: boolean
}

/** In three chunks. */
function eventsOf(answer: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const third = Math.ceil(answer.length / 3)
  const parts = [0, third, 2 * third].map((at) => event(answer.slice(at, at + third)))
  return new ReadableStream({
    start(controller) {
      for (const part of [...parts, DONE]) controller.enqueue(encoder.encode(part))
      controller.close()
    },
  })
}
