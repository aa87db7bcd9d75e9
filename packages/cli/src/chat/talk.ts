/** One question after another, from a person at a terminal. */
import { NomyoError } from '@nomyo/client'
import { CommandFailure } from '../failure.js'
import { LineEditor } from '../terminal/line-editor.js'
import { notice } from '../terminal/notices.js'
import { contentOf, type Attachment } from './attachments.js'
import type { Outcome } from './answer.js'
import type { Conversation } from './conversation.js'

/** What a conversation needs. */
export interface Talk {
  readonly conversation: Conversation
  /** They go with the first question. */
  readonly attachments: readonly Attachment[]
  readonly answer: (conversation: Conversation, content: ReturnType<typeof contentOf>) => Promise<Outcome>
  readonly models: () => Promise<readonly string[]>
}

const HELP = [
  '/model [NAME]  who answers next; without a name, which there are',
  '/new           forget what was said',
  '/quit          leave, as Ctrl-D does; Ctrl-C stops an answer, or leaves',
  'A text that begins with a slash: say a space before it.',
].join('\n')

/** Holds a conversation; gives the exit code. */
export async function talk(all: Talk): Promise<number> {
  const lines = new LineEditor()
  let { attachments } = all
  notice(`You talk with ${all.conversation.model}. /help says what else there is.`, 'dim')
  for (;;) {
    const typed = await lines.next()
    if (typed === 'end') return 0
    if (typed === 'interrupt') return 130
    const text = typed.text.trim()
    if (text === '') continue
    if (text === '/quit') return 0
    const isCommand = typed.text.startsWith('/')
    const outcome = await tried(() =>
      isCommand ? obey(all, text) : all.answer(all.conversation, contentOf(text, attachments)),
    )
    if (outcome === 'unread') return 0
    if (outcome !== undefined && !isCommand) attachments = []
  }
}

/** What fails is said, and the conversation goes on. */
async function tried(task: () => Promise<Outcome>): Promise<Outcome | undefined> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof CommandFailure) && !NomyoError.isInstance(error)) throw error
    notice(`nomyo: ${error.message}`, 'red')
    return undefined
  }
}

async function obey({ conversation, models }: Talk, text: string): Promise<Outcome> {
  const [name = '', value] = text.split(/\s+/)
  if (name === '/help') notice(HELP)
  else if (name === '/new') {
    conversation.clear()
    notice('Forgotten.')
  } else if (name === '/model') await chooseModel(conversation, models, value)
  else notice(`There is no ${name}. /help says what there is.`)
  return 'whole'
}

async function chooseModel(
  conversation: Conversation,
  models: Talk['models'],
  name: string | undefined,
): Promise<void> {
  if (name === undefined) {
    notice(`${conversation.model} answers.`)
    return notice(`There are: ${(await models()).join(', ')}`)
  }
  conversation.model = name
  notice(`${name} answers from now on.`)
}
