import type { Failure } from '../failure.js'
import { KEY_PROBLEM } from '../protocol.js'

/** A response with `value` as JSON. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  })
}

/** A failure as protocol 1.0 has it: plain `{"detail"}`, not authenticated. */
export function plainFailure(failure: Failure): Response {
  if (failure.code === 'key_unknown') return problem(failure)
  return json({ detail: failure.message }, failure.status, failure.headers)
}

/** The one failure that clients act upon by themselves (RFC 9457). */
function problem({ message, status }: Failure): Response {
  const headers = { 'content-type': 'application/problem+json' }
  return new Response(JSON.stringify({ type: KEY_PROBLEM, detail: message }), { status, headers })
}
