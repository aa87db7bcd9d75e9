/** What a command was run for: on standard output, and nothing else there. */
import { CommandFailure } from '../failure.js'
import { printable } from './notices.js'

/** Writes lines for a person. @throws CommandFailure if standard output cannot take them, such as a full disk. */
export async function printLines(lines: readonly string[]): Promise<void> {
  await print(`${printable(lines.join('\n'))}\n`)
}

/** Writes one JSON object on one line. @throws as `printLines`. */
export async function printJson(value: object): Promise<void> {
  await print(`${JSON.stringify(value)}\n`)
}

/** Writes text as it is. @throws as `printLines`. */
export async function print(text: string): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    process.stdout.write(text, resolve)
  })
  // Whoever closes the pipe has read enough.
  if (!error || error.code === 'EPIPE') return
  throw new CommandFailure(`Standard output could not be written (${error.code ?? 'unknown'}).`)
}
