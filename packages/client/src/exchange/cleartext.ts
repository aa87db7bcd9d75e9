/** What does not travel, because it would have to travel in clear. */
import { SecurityError } from '@nomyo/core'
import { COMPLETION_PATH, type ExchangeRequest } from './exchange.js'

type Target = Pick<ExchangeRequest, 'method' | 'path'>

/** The error for a request that cannot be sealed. */
export function cleartextRefused(reason: string): SecurityError {
  return new SecurityError('cleartext_refused', `Nothing was sent, neither sealed nor in clear: ${reason}.`)
}

/** Whether it is what protocol 1.0 can carry, and the client itself asks for. */
export function isChatCompletion({ method, path }: Target): boolean {
  return method === 'POST' && path === COMPLETION_PATH
}

/** @throws SecurityError `cleartext_refused` for what protocol 1.0 would answer as if it were a chat completion. */
export function assertChatCompletion(target: Target): void {
  if (isChatCompletion(target)) return
  // Without the query, which may hold a secret.
  const [path] = target.path.split('?', 1)
  throw cleartextRefused(
    `protocol 1.0 can encrypt POST ${COMPLETION_PATH} only, not ${target.method} ${path}`,
  )
}
