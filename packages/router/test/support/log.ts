import type { LogFields, RouterLogger } from '@nomyo/router'
import { show } from '../../../core/test/watch/shown.ts'

/** A line of the log. */
export interface LogLine {
  readonly level: keyof RouterLogger
  readonly message: string
  readonly fields: LogFields
}

/** A logger that keeps everything. */
export function recordingLogger(): { readonly logger: RouterLogger; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: keyof RouterLogger) =>
    (message: string, fields: LogFields): void => {
      lines.push({ level, message, fields })
      show('a log', `${message} ${JSON.stringify(fields)}`)
    }
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}
