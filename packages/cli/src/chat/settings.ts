/** From options and environment to what a conversation is held with. */
import type { SecurityTier } from '@nomyo/client'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'
import { keyCommand, type KeyCommand } from '../keys/key-command.js'
import { assertAddress, usualRouter, type RouterAddress } from '../router-key/presented.js'
import { canAsk } from '../terminal/questions.js'

/** How `nomyo chat` runs. */
export interface ChatSettings {
  /** Undefined: it comes from a person, or from standard input. */
  readonly question: string | undefined
  /** Paths, `-` for standard input. */
  readonly attachments: readonly string[]
  /** Undefined: the first one that the router lists. */
  readonly model: string | undefined
  readonly address: RouterAddress
  readonly pins: readonly string[]
  readonly tier: SecurityTier | undefined
  /** Where keys and known routers are. */
  readonly keys: KeyCommand
  readonly json: boolean
  /** Whether one question follows another. */
  readonly isConversation: boolean
}

const TIERS: readonly SecurityTier[] = ['standard', 'high', 'maximum']

/** @throws CommandFailure (usage) for values that cannot be used. */
export function chatSettings(options: GivenOptions): ChatSettings {
  const question = options.text('question')
  const attachments = options.all('attach')
  const isTyped = question === undefined && process.stdin.isTTY
  if (isTyped && !canAsk()) throw usageFailure('Nobody can be asked here. Say what to ask: nomyo chat "…".')
  if (question?.trim() === '') throw usageFailure('The question is empty.')
  if (question === undefined && !isTyped && attachments.includes('-')) {
    throw usageFailure('Standard input is attached, so say what to ask about it: nomyo chat "…" --attach -')
  }
  const address = { url: options.text('url') ?? usualRouter(), allowHttp: options.flag('allow-http') }
  assertAddress(address)
  return {
    ...{ question, attachments, address, isConversation: isTyped },
    model: (options.text('model') ?? process.env['NOMYO_MODEL']) || undefined,
    pins: options.list('pin'),
    tier: tierOf(options.text('tier')),
    keys: keyCommand(options),
    json: options.flag('json'),
  }
}

function tierOf(text: string | undefined): SecurityTier | undefined {
  if (text === undefined) return undefined
  const tier = TIERS.find((one) => one === text)
  if (tier === undefined) throw usageFailure(`--tier must be ${TIERS.join(', ')}: which?`)
  return tier
}
