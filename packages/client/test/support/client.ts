/** Clients, parameters and captured failures, as most tests want them. */
import { SecureChatCompletion, type ClientOptions, type Logger } from '@nomyo/client'
import { show } from '../../../core/test/watch/shown.ts'
import { clientKeyStore } from './keys.ts'
import { MARKERS, PROMPT } from './markers.ts'
import { expectNoSecrets } from './no-secrets.ts'
import type { TestRouter } from './test-router.ts'

/** A log that is kept. */
export interface RecordedLog extends Logger {
  /** `level message details…`, in order. */
  readonly lines: string[]
}

/** What was logged since a failure was last looked at. */
const logged: string[] = []

/** A logger that collects what it is told. */
export function recordedLog(): RecordedLog {
  const lines: string[] = []
  const at =
    (level: string): Logger['info'] =>
    (...words) => {
      const line = [level, ...words.map(String)].join(' ')
      lines.push(line)
      logged.push(line)
      show('a log', line)
    }
  return { lines, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** A client of that router over 1.0, with a fixture key pair, that makes one attempt and logs all that it can. */
export async function clientOf(
  router: Pick<TestRouter, 'url'>,
  options: ClientOptions = {},
): Promise<SecureChatCompletion> {
  return new SecureChatCompletion({
    baseURL: router.url,
    allowHttp: true,
    keyStore: await clientKeyStore(),
    protocol: '1.0',
    maxRetries: 0,
    logger: recordedLog(),
    logLevel: 'debug',
    ...options,
  })
}

/** The smallest request, with this prompt. */
export function ask(content = PROMPT): { model: string; messages: { role: 'user'; content: string }[] } {
  return { model: 'test-model', messages: [{ role: 'user', content }] }
}

/**
 * What `run` throws or rejects with; fails if it does neither, or if that error, or what was logged until then, shows
 * what the calls carry.
 */
export async function failureOf(run: () => unknown): Promise<Error> {
  let result: unknown
  try {
    result = await run()
  } catch (error) {
    if (!(error instanceof Error)) {
      throw new TypeError(`not an Error was thrown: ${String(error)}`, { cause: error })
    }
    expectNoSecrets(error, MARKERS, logged.splice(0))
    return error
  }
  throw new Error(`nothing was thrown; the result is ${String(result)}`)
}
