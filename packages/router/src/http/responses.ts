import type { Failure } from '../failure.js'

/** A response with `value` as JSON. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  })
}

/** A failure as protocol 1.0 has it: plain `{"detail"}`, not authenticated. */
export function plainFailure(failure: Failure): Response {
  return json({ detail: failure.message }, failure.status, failure.headers)
}
