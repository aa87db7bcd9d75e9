/** The attempts loop: one time limit for each attempt, and which failures are worth another one. */
import { NomyoError } from '@nomyo/core'
import { APIConnectionError, APIError, APITimeoutError, APIUserAbortError } from './errors/api-error.js'
import { delay } from './http/abort.js'
import { isCertificateFault } from './http/certificates.js'
import type { Logger } from './options/logger.js'

const RETRIED_STATUSES = [408, 429, 500, 502, 503, 504]
/** Seconds: whoever asks for a longer wait is not waited for. */
const MAX_WAIT = 60
/** ms before the first repetition, doubled for each further one. */
const FIRST_DELAY = 500
const MAX_DELAY = 8_000

/** What one attempt is given. */
export interface Attempt {
  /**
   * Aborts with the error to throw: {@link APITimeoutError} or {@link APIUserAbortError}. Not once the attempt has
   * succeeded: what it gave may still be read.
   */
  readonly signal: AbortSignal
  /** To be called when the request leaves. */
  readonly onSend: () => void
}

/** The rules of a loop. */
export interface AttemptRules {
  /** ms for each attempt. */
  readonly timeout: number
  readonly maxRetries: number
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined
  readonly logger: Logger
}

/** Runs `run` until it succeeds, fails for good, or has been repeated `maxRetries` times. */
export async function withRetries<T>(rules: AttemptRules, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry++) {
    const outcome = await attemptOnce(rules, run)
    if ('value' in outcome) return outcome.value
    const wait = outcome.mayRepeat && retry < rules.maxRetries ? waitBefore(retry, outcome.error) : undefined
    if (wait === undefined) throw outcome.error
    const reason = outcome.error instanceof Error ? outcome.error.name : 'an error'
    rules.logger.info(
      `Attempt ${retry + 1} ended with ${reason}; the next one starts after ${Math.round(wait)} ms.`,
    )
    await pause(wait, rules.signal)
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown; readonly mayRepeat: boolean }

async function attemptOnce<T>(
  rules: AttemptRules,
  run: (attempt: Attempt) => Promise<T>,
): Promise<Outcome<T>> {
  const controller = new AbortController()
  let sent = false
  const abort = (): void => controller.abort(new APIUserAbortError())
  const expire = (): void =>
    controller.abort(new APITimeoutError(`No whole answer within ${rules.timeout} ms.`))
  if (rules.signal?.aborted) throw new APIUserAbortError()
  rules.signal?.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(expire, rules.timeout)
  try {
    const onSend = (): void => {
      sent = true
    }
    return { value: await run({ signal: controller.signal, onSend }) }
  } catch (cause) {
    // Ends what the attempt has left behind, such as a key that nobody waits for.
    controller.abort(new APIUserAbortError())
    // Whether the caller's reason or ours arrives first is the runtime's choice.
    const isForeign = rules.signal?.aborted === true && !NomyoError.isInstance(cause)
    const error = isForeign ? new APIUserAbortError() : cause
    return { error, mayRepeat: isWorthAnother(error, sent) }
  } finally {
    clearTimeout(timer)
    rules.signal?.removeEventListener('abort', abort)
  }
}

/**
 * A server that says `x-should-retry` is heard, as OpenAI's client does, but not about an envelope that it refused:
 * that header can be anybody's. A time limit that ran out after the request had left is not repeated: the router may
 * still be at work.
 */
function isWorthAnother(error: unknown, sent: boolean): boolean {
  if (APITimeoutError.isInstance(error)) return !sent
  if (APIError.isInstance(error)) {
    if (error.code === 'envelope_refused') return false
    const wish = error.headers.get('x-should-retry')
    return wish === 'true' || (wish !== 'false' && RETRIED_STATUSES.includes(error.status))
  }
  return APIConnectionError.isInstance(error) && !isCertificateFault(error.reason ?? '')
}

/** ms to wait, or undefined if the server asks for more than a minute. */
function waitBefore(retry: number, error: unknown): number | undefined {
  const asked = APIError.isInstance(error) ? error.retryAfter : undefined
  if (asked !== undefined) return asked > MAX_WAIT ? undefined : asked * 1000
  // Up to a quarter less, so that many clients do not come back at the same moment.
  const [random = 0] = crypto.getRandomValues(new Uint8Array(1))
  return Math.min(FIRST_DELAY * 2 ** retry, MAX_DELAY) * (1 - random / 1024)
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, signal ?? new AbortController().signal)
  } catch {
    throw new APIUserAbortError()
  }
}
