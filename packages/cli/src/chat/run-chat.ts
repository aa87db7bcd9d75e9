/** `nomyo chat`. */
import { usageFailure, CommandFailure } from '../failure.js'
import { notice } from '../terminal/notices.js'
import { printAnswer, showAnswer, type Outcome } from './answer.js'
import { contentOf, readAttachments, readInput, textOf } from './attachments.js'
import { connect } from './connection.js'
import { Conversation } from './conversation.js'
import { interruptible } from './interruption.js'
import { listedModels } from './models.js'
import { protectionLine } from './protection-line.js'
import type { ChatSettings } from './settings.js'
import { talk } from './talk.js'

const CODES: Readonly<Record<Outcome, number>> = { whole: 0, stopped: 130, unread: 0 }

/** Answers one question, or one after another; gives the exit code. */
export async function runChat(settings: ChatSettings): Promise<number> {
  const start = Date.now()
  const attachments = await readAttachments(settings.attachments)
  const question = settings.isConversation ? undefined : (settings.question ?? (await pipedQuestion()))
  const client = await interruptible((stop) => connect(settings, stop.signal))
  try {
    if (process.stderr.isTTY && !settings.json) notice(protectionLine(client.protection(), start), 'green')
    const models = (): Promise<readonly string[]> => listedModels(client, settings.address.url)
    const conversation = new Conversation(client, settings.model ?? (await models())[0]!)
    const answer = settings.json ? printAnswer : showAnswer
    if (question === undefined) return await talk({ conversation, attachments, answer, models })
    return CODES[await answer(conversation, contentOf(question, attachments))]
  } finally {
    client.close()
  }
}

/** The question on standard input, without its last line break. */
async function pipedQuestion(): Promise<string> {
  const text = textOf(await readInput('-'))
  if (text === undefined) throw new CommandFailure('Standard input is not text in UTF-8.')
  const question = text.replace(/\r?\n$/, '')
  if (question.trim() === '')
    throw usageFailure('There is no question, neither as an argument nor on standard input.')
  return question
}
