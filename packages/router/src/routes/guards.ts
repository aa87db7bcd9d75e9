/** What every sealed endpoint checks before it opens anything. */
import type { Bytes } from '@nomyo/core'
import { Failure } from '../failure.js'
import { readUpTo } from '../http/body.js'
import { Deadline } from '../http/deadline.js'
import type { Call } from './call.js'

// A body that was not read to its end cannot be followed by another request on the connection.
const CLOSE = { connection: 'close' } as const

/** @throws Failure `api_key_refused`, if keys are required and none of them is presented. */
export async function requireApiKey({ config, request }: Call): Promise<void> {
  if (config.apiKeys === undefined) return
  if (await config.apiKeys.accepts(request.headers.get('authorization'))) return
  throw new Failure('api_key_refused', { 'www-authenticate': 'Bearer' })
}

/** @throws Failure `media_type_refused`, also for a compressed body, which could be a bomb. */
export function requireMediaType({ request }: Call, mediaType: string): void {
  const given = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (given !== mediaType || coding !== 'identity') throw new Failure('media_type_refused')
}

/**
 * The request's body of at most `limit` bytes, read within the time limit.
 * @throws Failure `body_too_large` (by Content-Length, before anything is read), `body_too_slow`,
 * `body_broken`, `client_gone`.
 */
export async function readBody(call: Call, limit: number): Promise<Bytes> {
  const { config, request } = call
  const expected = Number(request.headers.get('content-length')) || 0
  if (expected > limit) throw new Failure('body_too_large', CLOSE)
  const deadline = new Deadline(config.limits.bodyTimeout, request.signal)
  try {
    const bytes = await readUpTo(request.body, limit, deadline.signal, expected)
    if (bytes === undefined) throw new Failure('body_too_large', CLOSE)
    call.note({ requestBytes: bytes.length })
    return bytes
  } catch (error) {
    if (error instanceof Failure) throw error
    if (deadline.expired) throw new Failure('body_too_slow', CLOSE)
    throw new Failure(request.signal.aborted ? 'client_gone' : 'body_broken', CLOSE)
  } finally {
    deadline.clear()
  }
}
