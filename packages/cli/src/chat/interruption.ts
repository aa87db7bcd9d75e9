/** Ctrl-C while something is under way. */
import { cancelled } from '../failure.js'

/**
 * Runs a task that Ctrl-C aborts; a second Ctrl-C, while that takes its time, leaves at once.
 * @throws CommandFailure (130) if the task fails for it.
 */
export async function interruptible<T>(task: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', onInterrupt)
  try {
    return await task(stop)
  } catch (error) {
    throw stop.signal.aborted ? cancelled() : error
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}
