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
 * @throws ValidationError for an unknown level.
 */
export function leveledLogger(logger: Logger | undefined, level: LogLevel | undefined): Logger {
  const wanted = level ?? environment('NOMYO_LOG') ?? 'warn'
  const limit = (LEVELS as readonly string[]).indexOf(wanted)
  if (limit === -1) throw new ValidationError(`logLevel (or NOMYO_LOG) must be one of ${LEVELS.join(', ')}.`)
  const at = (name: Exclude<LogLevel, 'off'>): Logger['error'] => {
    if (LEVELS.indexOf(name) > limit) return () => undefined
    return (message, ...details) => {
      try {
        ;(logger ?? console)[name](`[nomyo] ${message}`, ...details)
      } catch {
        // Logging is a courtesy: the call goes on.
      }
    }
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
