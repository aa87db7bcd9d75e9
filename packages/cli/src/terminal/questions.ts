/** Questions to a person, on standard error, so that standard output stays for data. */
import { confirm, isCancel, password } from '@clack/prompts'
import { cancelled } from '../failure.js'
import { notice } from './notices.js'

const output = process.stderr

/** Whether there is somebody who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks yes or no; no is the answer of who only presses Enter. @throws CommandFailure (130) for Ctrl-C. */
export async function askWhether(message: string): Promise<boolean> {
  return answerOf<boolean>(await confirm({ message, output, initialValue: false }))
}

/** Asks for a password, without showing it. @throws CommandFailure (130) for Ctrl-C. */
export async function askPassword(message: string): Promise<string> {
  const validate = (given: string | undefined): string | undefined =>
    given === undefined || given === '' ? 'A password is not empty.' : undefined
  return answerOf<string>(await password({ message, output, validate }))
}

/** Asks twice for a password that is not known yet, until both are the same. @throws as `askPassword`. */
export async function askNewPassword(message: string): Promise<string> {
  for (;;) {
    const given = await askPassword(message)
    if (await isTypedAgain(given)) return given
  }
}

/** Asks twice for a new password; undefined if none is typed. @throws as `askPassword`. */
export async function askNewPasswordIfAny(message: string): Promise<string | undefined> {
  for (;;) {
    const given = answerOf<string | undefined>(await password({ message, output }))
    if (given === undefined || given === '') return undefined
    if (await isTypedAgain(given)) return given
  }
}

async function isTypedAgain(given: string): Promise<boolean> {
  if ((await askPassword('The same again')) === given) return true
  notice('These were two different passwords. Once more, please.')
  return false
}

function answerOf<T>(answer: T | symbol): T {
  if (isCancel(answer)) throw cancelled()
  return answer as T
}
