import type { Call } from './call.js'

/** One of the router's endpoints. */
export interface Route {
  readonly path: string
  readonly method: 'GET' | 'POST'
  /** The answer. Throws a Failure for one that is plain; a protocol that seals its failures does so itself. */
  handle(call: Call): Promise<Response>
}
