/** Lines on standard error. */
import { stripVTControlCharacters, styleText } from 'node:util'

let held: string[] | undefined

/** Text that cannot move the cursor, whatever is quoted in it, such as a file's name. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, '')
}

/** How a line looks, in a terminal that has it. */
export type Look = 'dim' | 'green' | 'red' | 'yellow'

/** One line for a person. */
export function notice(text: string, look?: Look): void {
  const plain = printable(text)
  const line = `${look === undefined ? plain : styleText(look, plain, { stream: process.stderr })}\n`
  if (held === undefined) process.stderr.write(line)
  else held.push(line)
}

/** A notice of something that should be changed. */
export function warn(text: string): void {
  notice(`Warning: ${text}`, 'yellow')
}

/** Keeps notices back until the task has ended, since they would tear what is being drawn meanwhile. */
export async function holdingNotices<T>(task: () => Promise<T>): Promise<T> {
  held = []
  try {
    return await task()
  } finally {
    const lines = held
    held = undefined
    process.stderr.write(lines.join(''))
  }
}
