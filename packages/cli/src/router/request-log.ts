/** One line on standard error for each request: times, sizes and our own words, nothing that was said. */
import type { LogFields, RouterLogger } from '@nomyo/router'
import type { Handler } from './site.js'
import { pathOf } from './target.js'

/** The header that ties an answer to what the router knows of it. */
const REQUEST_ID = 'x-request-id'
const MAX_PATH = 200
/** What the router says of a stream that ended too early. */
const BROKE_OFF = 'answer broke off'

/** Writes the log. */
export interface RequestLog {
  /** Takes from the router what only it knows: the envelope's sizes, and why it refused. */
  readonly logger: RouterLogger
  /** The same handler, with a line for each request that it answers. */
  logged(handler: Handler): Handler
}

/** A log that `write` gets line by line. */
export function requestLog(write: (line: string) => void): RequestLog {
  const known = new Map<string, LogFields>()
  const keep = (message: string, fields: LogFields): void => {
    // What is said of a stream comes after its line was written, and nobody would fetch it from here.
    if (message === BROKE_OFF) write(lateLineOf(message, fields))
    else known.set(String(fields['requestID']), fields)
  }
  const logged = (handler: Handler): Handler => {
    return async (request) => {
      const start = performance.now()
      const response = await handler(request)
      const id = response.headers.get(REQUEST_ID) ?? ''
      const fields = known.get(id)
      known.delete(id)
      write(lineOf(request, response, performance.now() - start, fields))
      return response
    }
  }
  return { logger: { debug: () => undefined, info: keep, warn: keep, error: keep }, logged }
}

function lateLineOf(message: string, { path, milliseconds, failure, requestID }: LogFields): string {
  const words = [path, `${message} after`, milliseconds, 'ms', failure, requestID]
  return [new Date().toISOString(), ...words.filter((word) => word !== undefined)].join(' ')
}

function lineOf(request: Request, response: Response, milliseconds: number, fields: LogFields = {}): string {
  const { requestBytes, answerBytes, failure, requestID } = fields
  // Without the query, which may hold what somebody wanted to keep.
  const path = pathOf(request)?.slice(0, MAX_PATH) ?? '-'
  const bytes = answerBytes ?? response.headers.get('content-length')
  // How long a stream will be nobody knows yet.
  const sizes = [requestBytes, bytes ?? undefined].filter((size) => size !== undefined).join(' → ')
  return [
    `${new Date().toISOString()} ${request.method} ${path} ${response.status} ${Math.round(milliseconds)} ms`,
    ...(sizes === '' ? [] : [`${sizes} bytes`]),
    ...[failure, requestID].filter((word) => word !== undefined),
  ].join(' ')
}
