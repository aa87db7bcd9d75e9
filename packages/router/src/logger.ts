/** Where the router says what it did. */

/** What a log line is about: numbers, our own words, and ids; never a body, a key or a credential. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Takes log lines: a short constant message and its fields. An error that it throws is ignored. */
export interface RouterLogger {
  /** What happens inside a call. */
  debug(message: string, fields: LogFields): void
  /** What was answered. */
  info(message: string, fields: LogFields): void
  /** What was refused, or broke off. */
  warn(message: string, fields: LogFields): void
  /** What failed here or behind the router. */
  error(message: string, fields: LogFields): void
}

/** Says nothing. */
export const silent: RouterLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** The same logger, except that it never throws: a full disk must not fail a request. */
export function tolerant(logger: RouterLogger): RouterLogger {
  const guard =
    (level: keyof RouterLogger) =>
    (message: string, fields: LogFields): void => {
      try {
        logger[level](message, fields)
      } catch {
        // Nothing can be said about it: the logger is what failed.
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}
