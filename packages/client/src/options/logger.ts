import { hasMethods, oneOf, type Rule } from './checks.js'
import { environment } from './environment.js'

/** How much is logged, from nothing to everything. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug'

/** Where log lines go; `console` is one. No line ever holds a body, a key or a password. */
export interface Logger {
  /** What the caller has to know of: a call failed, or a key could not be kept. */
  error(message: string, ...details: unknown[]): void
  /** What is less safe than it could be, or soon will be. */
  warn(message: string, ...details: unknown[]): void
  /** What happened once: a key was made, a router was met. */
  info(message: string, ...details: unknown[]): void
  /** What happens in each call. */
  debug(message: string, ...details: unknown[]): void
}

const METHODS = ['error', 'warn', 'info', 'debug'] as const
const LEVELS: readonly LogLevel[] = ['off', ...METHODS]

export const LOG_LEVEL: Rule = oneOf(...LEVELS)
export const LOGGER: Rule = [
  'an object with the methods error, warn, info and debug; console is one',
  (logger) => hasMethods(logger, METHODS),
  TypeError,
]

/**
 * `logger` (default: `console`), silent above `level` (default: `NOMYO_LOG`, else `warn`). A logger that
 * throws does not break a call.
 */
export function leveledLogger(logger: Logger | undefined, level: LogLevel | undefined): Logger {
  // Another program's NOMYO_LOG must not stop this one.
  const fromEnvironment = LEVELS.find((known) => known === environment('NOMYO_LOG'))
  const limit = LEVELS.indexOf(level ?? fromEnvironment ?? 'warn')
  const at = (name: Exclude<LogLevel, 'off'>): Logger['error'] => {
    if (LEVELS.indexOf(name) > limit) return () => undefined
    return (message, ...details) => {
      // Logging is a courtesy: if it fails, at once or later, the call goes on.
      try {
        const written: unknown = (logger ?? console)[name](`[nomyo] ${message}`, ...details)
        void Promise.resolve(written).catch(() => undefined)
      } catch {}
    }
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
