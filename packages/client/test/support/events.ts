/** Server-sent events of chat completions. */
import { completion } from './test-router.ts'

/** One event with a chunk that holds this text. */
export function event(content: string): string {
  const { choices: _, usage: __, ...head } = completion()
  const chunk = {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

export const DONE = 'data: [DONE]\n\n'
export const EVENTS = { 'content-type': 'text/event-stream' } as const

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
