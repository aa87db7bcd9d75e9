import type { LogFields, RouterLogger } from '@nomyo/router'

/** One line on standard error for each request: times, sizes and our own words, nothing that was said. */
export function requestLog(): RouterLogger {
  const line = (_: string, fields: LogFields): void => {
    process.stderr.write(`${new Date().toISOString()} ${describe(fields)}\n`)
  }
  return { debug: () => undefined, info: line, warn: line, error: line }
}

function describe(fields: LogFields): string {
  const { status, path = '-', milliseconds, requestBytes, answerBytes, failure, requestID } = fields
  const sizes = requestBytes === undefined ? '' : ` ${requestBytes} → ${answerBytes ?? 0} bytes`
  const reason = failure === undefined ? '' : ` ${failure}`
  return `${status} ${path} ${milliseconds} ms${sizes}${reason} ${requestID}`
}
