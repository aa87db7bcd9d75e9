import { ValidationError } from '@nomyo/core'
import { environment } from './environment.js'

/** How much is logged, from nothing to everything. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug'

/** Where log lines go; `console` is one. No line ever holds a body, a key or a password. */
export interface Logger {
  error(message: string, ...details: unknown[]): void
  warn(message: string, ...details: unknown[]): void
  info(message: string, ...details: unknown[]): void
  debug(message: string, ...details: unknown[]): void
}

const LEVELS: readonly LogLevel[] = ['off', 'error', 'warn', 'info', 'debug']

/**
 * `logger` (default: `console`), silent above `level` (default: `NOMYO_LOG`, else `warn`). A logger that
 * throws does not break a call.
 * @throws ValidationError for an unknown level, TypeError for a logger without the four methods.
 */
export function leveledLogger(logger: Logger | undefined, level: LogLevel | undefined): Logger {
  if (level !== undefined && !LEVELS.includes(level)) {
    throw new ValidationError(`logLevel must be one of ${LEVELS.join(', ')}.`)
  }
  assertLogger(logger)
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

function assertLogger(logger: Logger | undefined): void {
  if (logger === undefined) return
  const methods = ['error', 'warn', 'info', 'debug'] as const
  if (!methods.every((method) => typeof (logger as Partial<Logger> | null)?.[method] === 'function')) {
    throw new TypeError('logger must have the methods error, warn, info and debug; console is one.')
  }
}
