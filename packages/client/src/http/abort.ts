/** Signals that follow others, and waiting that they end. */
import { abortable } from '@nomyo/core/internal'

/** What follows each signal. */
const followers = new WeakMap<AbortSignal, Set<AbortController>>()

/**
 * Aborts `controller` when one of `signals` aborts, until the function that it gives is called. As `AbortSignal.any`,
 * but what has ended leaves nothing behind on a signal that goes on, as it does in Node 20; and there is one listener,
 * however many follow: Node warns of more than ten.
 */
export function follow(
  controller: AbortController,
  ...signals: readonly (AbortSignal | undefined)[]
): () => void {
  const followed = signals.filter((signal) => signal !== undefined)
  for (const signal of followed) {
    followersOf(signal).add(controller)
    if (signal.aborted) controller.abort(signal.reason)
  }
  return () => followed.forEach((signal) => followersOf(signal).delete(controller))
}

function followersOf(signal: AbortSignal): Set<AbortController> {
  const known = followers.get(signal)
  if (known !== undefined) return known
  const all = new Set<AbortController>()
  followers.set(signal, all)
  signal.addEventListener('abort', () => all.forEach((one) => one.abort(signal.reason)), { once: true })
  return all
}

/** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    await abortable(elapsed, signal)
  } finally {
    clearTimeout(timer)
  }
}
