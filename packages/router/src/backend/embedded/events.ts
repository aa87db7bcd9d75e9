/** Server-sent events (HTML standard, section 9.2). */
import type { JsonObject } from '@nomyo/core'
import { abortable } from '@nomyo/core/internal'

/** Each value as a `data:` event, then `[DONE]`. Stops when the reader cancels or the signal aborts. */
export function eventStream(
  values: Iterator<JsonObject>,
  delay: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      if (delay > 0) await pause(delay, signal)
      signal.throwIfAborted()
      const { done, value } = values.next()
      controller.enqueue(encoder.encode(`data: ${done ? '[DONE]' : JSON.stringify(value)}\n\n`))
      if (done) controller.close()
    },
    cancel() {
      values.return?.()
    },
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await abortable(elapsed, signal).finally(() => clearTimeout(timer))
}
