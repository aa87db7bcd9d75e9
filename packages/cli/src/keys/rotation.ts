/** `nomyo keys rotate`. */
import { CURRENT_KEY, KeyManager, type KeyEvent } from '@nomyo/core'
import { CommandFailure } from '../failure.js'
import { withProgress } from '../terminal/progress.js'
import { answer, GENERATING } from './answer.js'
import { describeKey, keyInfo, linesOf } from './description.js'
import { guardFromGit } from './git-guard.js'
import { storeOf, type KeyCommand } from './key-command.js'
import { passwordOf } from './opening.js'

type Rotated = KeyEvent & { readonly type: 'rotated' }

/** Replaces the key, which is kept as the previous one for as long as answers to it may be in flight. */
export async function rotateKey(command: KeyCommand): Promise<void> {
  const before = storeOf(command)
  const password = await passwordOf(command, await keyInfo(command, before, CURRENT_KEY))
  await guardFromGit(command, before.directory)
  const store = storeOf(command, { password })
  const { previous, previousUntil } = await withProgress(GENERATING, () => rotated(store))
  const key = await describeKey(command, store, CURRENT_KEY)
  const keptUntil = new Date(previousUntil).toISOString()
  await answer(command, { ...key, previous: { fingerprint: previous, keptUntil } }, [
    ...linesOf(key),
    `Previous key ${previous}, kept until ${keptUntil} to open answers that are on their way`,
  ])
}

async function rotated(store: ReturnType<typeof storeOf>): Promise<Rotated> {
  const events: Rotated[] = []
  const onEvent = (event: KeyEvent): void => {
    if (event.type === 'rotated') events.push(event)
  }
  await new KeyManager({ store, rotation: { automatic: false }, onEvent }).rotate()
  const [event] = events
  if (event !== undefined) return event
  throw new CommandFailure('The key was removed by another process; a new one is in its place.')
}
