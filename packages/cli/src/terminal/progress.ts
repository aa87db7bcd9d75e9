import { spinner } from '@clack/prompts'
import { holdingNotices, notice } from './notices.js'

/**
 * Runs a task of some seconds with a spinner on standard error, or a line where nobody watches one turn. The
 * spinner takes the keyboard, so that it is shown only where that is a terminal too.
 */
export async function withProgress<T>(text: string, task: () => Promise<T>): Promise<T> {
  if (process.stderr.isTTY && process.stdin.isTTY) return holdingNotices(() => spinning(text, task))
  notice(`${text} …`)
  return task()
}

async function spinning<T>(text: string, task: () => Promise<T>): Promise<T> {
  const turning = spinner({ output: process.stderr, indicator: 'timer' })
  process.once('exit', interrupted)
  turning.start(text)
  try {
    const result = await task()
    turning.stop(text)
    return result
  } catch (error) {
    turning.error(text)
    throw error
  } finally {
    process.off('exit', interrupted)
  }
}

/** The spinner ends the process with 0 when it meets Ctrl-C. */
function interrupted(): void {
  process.exitCode = 130
}
