/** What a command was run for: on standard output, and nothing else there. */
import { CommandFailure } from '../failure.js'
import { printable } from './notices.js'

const READER_IS_GONE = ['EPIPE', 'ERR_STREAM_DESTROYED']

/** Writes lines for a person. @throws CommandFailure if standard output cannot take them, such as a full disk. */
export async function printLines(lines: readonly string[]): Promise<void> {
  await print(`${printable(lines.join('\n'))}\n`)
}

/** JSON leaves them as they are, and a terminal may obey them, or turn the text around. */
const NOT_ESCAPED_BY_JSON = /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g

/** Writes one JSON object on one line. @throws as `printLines`. */
export async function printJson(value: object): Promise<void> {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  await print(`${JSON.stringify(value).replace(NOT_ESCAPED_BY_JSON, escaped)}\n`)
}

/** Writes text as it is; gives whether there is still somebody who reads. @throws as `printLines`. */
export async function print(text: string): Promise<boolean> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    process.stdout.write(text, resolve)
  })
  if (!error) return true
  // Whoever closes the pipe has read enough.
  if (READER_IS_GONE.includes(error.code ?? '')) return false
  throw new CommandFailure(`Standard output could not be written (${error.code ?? 'unknown'}).`)
}
