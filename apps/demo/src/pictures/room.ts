/** How much a request can hold. */
import { MAX_PLAINTEXT_BYTES } from '@nomyo/core'
import { bytes } from '../quantities.js'

/** Bytes that `request` may still grow by, before the client refuses to seal it; less than 0 if it would now. */
export function roomIn(request: object): number {
  return MAX_PLAINTEXT_BYTES - new TextEncoder().encode(JSON.stringify(request)).length
}

/** Why a request is too large with it, of which `room` is left. */
export function tooLargeWith(room: number): string {
  return (
    `the request would have ${bytes(-room)} too many; ${bytes(MAX_PLAINTEXT_BYTES)} are the most. A picture takes a ` +
    'third more than its file, and what was sent before travels again with each message.'
  )
}
