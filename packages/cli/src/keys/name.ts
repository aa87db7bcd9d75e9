import { CURRENT_KEY, PREVIOUS_KEY } from '@nomyo/core'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'

/** Which key `--name` means. @throws CommandFailure (usage) for a name that no key has. */
export function nameOf(options: GivenOptions): string {
  const name = options.text('name') ?? CURRENT_KEY
  if (name === CURRENT_KEY || name === PREVIOUS_KEY) return name
  throw usageFailure(`--name must be ${CURRENT_KEY} or ${PREVIOUS_KEY}.`)
}
