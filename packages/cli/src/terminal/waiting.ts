import { styleText } from 'node:util'
import { holdingNotices } from './notices.js'

/** ms after which somebody wonders whether anything happens. */
const PATIENCE = 500
const SECOND = 1000
/** ms by which a timer may come before its time, as the other clock has it. */
const EARLY = 10
/** To the line's beginning, and the line away. */
const ERASE = '\r\u001B[K'

/**
 * Runs a task that waits for others, such as the network. If that takes more than half a second, a line on
 * standard error says so and counts, where that is a terminal; it is erased at the end. Unlike a spinner it
 * leaves the keyboard alone, so that Ctrl-C is a signal.
 */
export async function whileWaiting<T>(text: string, task: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return task()
  const erase = countInLine(text)
  return holdingNotices(() => task().finally(erase))
}

/** Gives what ends it. */
function countInLine(text: string): () => void {
  const start = performance.now()
  let isDrawn = false
  const draw = (): void => {
    const seconds = Math.floor((performance.now() - start + EARLY) / SECOND)
    const line = `${text} … ${seconds === 0 ? '' : `${seconds} s`}`
    process.stderr.write(`${ERASE}${styleText('dim', line, { stream: process.stderr })}`)
    isDrawn = true
  }
  const first = setTimeout(draw, PATIENCE)
  const others = setInterval(draw, SECOND)
  return () => {
    clearTimeout(first)
    clearInterval(others)
    if (isDrawn) process.stderr.write(ERASE)
  }
}
