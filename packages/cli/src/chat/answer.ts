/** One question, and its answer on standard output. */
import type { ChatCompletionUserMessageParam } from '@nomyo/client'
import { ForeignText } from '../terminal/foreign-text.js'
import { notice } from '../terminal/notices.js'
import { print, printJson } from '../terminal/output.js'
import { whileWaiting } from '../terminal/waiting.js'
import type { Conversation, Turn } from './conversation.js'
import { interruptible } from './interruption.js'

/** How an answer came to its end. */
export type Outcome = 'whole' | 'stopped' | 'unread'

type Content = ChatCompletionUserMessageParam['content']

/** Why the rest of an answer is missing, in words. */
const CUT: Readonly<Record<string, string>> = {
  length: 'The answer ends here because it has reached its length limit.',
  content_filter: 'The answer ends here because a content filter of the model’s server says so.',
}

/**
 * Asks, and shows the answer as it arrives, without what a terminal would obey. Ctrl-C stops it, and so does the end
 * of whoever reads it.
 * @throws what `create` throws; CommandFailure if it cannot be written.
 */
export async function showAnswer(conversation: Conversation, content: Content): Promise<Outcome> {
  return interruptible(async (stop) => {
    const texts = conversation.ask(content, stop.signal)
    const shown = new ForeignText()
    let isRead = true
    let last = '\n'
    const show = async (text: string): Promise<void> => {
      if (text === '' || !isRead) return
      last = text.at(-1)!
      isRead = await print(text)
      if (!isRead) stop.abort()
    }
    let step = await whileWaiting('Waiting for the answer', () => texts.next())
    try {
      for (; !step.done; step = await texts.next()) await show(shown.next(step.value))
    } finally {
      await show(shown.end())
      // What comes next, such as a notice, has a line of its own.
      if (last !== '\n') await show('\n')
    }
    return isRead ? ended(step.value, stop.signal) : 'unread'
  })
}

/** The same as one JSON object, at the end. */
export async function printAnswer(conversation: Conversation, content: Content): Promise<Outcome> {
  return interruptible(async (stop) => {
    const texts = conversation.ask(content, stop.signal, true)
    const turn = await whileWaiting('Waiting for the answer', async () => {
      let step = await texts.next()
      while (!step.done) step = await texts.next()
      return step.value
    })
    if (stop.signal.aborted) return 'stopped'
    const { model, finishReason = null, usage = null } = turn
    await printJson({ model, content: turn.content, finishReason, usage })
    return 'whole'
  })
}

function ended({ finishReason, content }: Turn, { aborted }: AbortSignal): Outcome {
  if (aborted) {
    notice('Stopped.', 'yellow')
    return 'stopped'
  }
  const cut = CUT[finishReason ?? '']
  if (cut !== undefined) notice(cut, 'yellow')
  else if (content === '') notice('The answer is empty.', 'yellow')
  return 'whole'
}
