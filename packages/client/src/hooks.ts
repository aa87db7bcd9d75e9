import type { Logger } from './options/logger.js'

/** A function of the caller's that is told of something. */
export type Hook<Event> = ((event: Event) => unknown) | undefined

/** Calls a hook; one that throws, at once or later, is logged, not obeyed. */
export function callHook<Event>(hook: Hook<Event>, event: Event, logger: Logger): void {
  const failed = (): void => logger.warn('A hook threw an error; the call goes on.')
  try {
    void Promise.resolve(hook?.(event)).catch(failed)
  } catch {
    failed()
  }
}
