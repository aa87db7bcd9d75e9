import { abortable } from '@nomyo/core/internal'

/**
 * At most `count` tasks at once; the others begin in the order in which they came. Whose signal aborts while it waits
 * is rejected with the signal's reason, and does not wait for those before it.
 */
export function semaphore(count: number): <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  const waiting = new Set<() => void>()
  let free = count
  const callNext = (): void => {
    const [next] = waiting
    if (!free || !next) return
    free--
    waiting.delete(next)
    next()
  }
  return async (task, signal) => {
    let begin!: () => void
    const turn = new Promise<void>((resolve) => waiting.add((begin = resolve)))
    callNext()
    try {
      await abortable(turn, signal)
      return await task()
    } finally {
      // Who waits no more was called, also if it was gone in the same moment: its turn goes to the next one.
      if (!waiting.delete(begin)) free++
      callNext()
    }
  }
}
