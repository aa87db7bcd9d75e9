/**
 * What may come of each fault; the same table is in docs/testing.md. Where a cell names several outcomes, the first is the
 * most frequent one, if it is a row of many calls, and no outcome occurs that is not named.
 */
import type { Group, Row } from './matrix.ts'

const BROKEN = 'connection_failed'
const ALTERED = 'decryption_failed'
const SHORT = 'stream_truncated'

/** One outcome in all columns. */
const all = (name: string, cell: string): Row => [name, cell, cell, cell, cell]
/** One outcome for each protocol. */
const each = (name: string, v1: string, v2: string): Row => [name, v1, v1, v2, v2]

export const ONCE: Group = {
  name: 'once',
  rows: [
    all('each piece of request and answer 40 ms later', 'answer'),
    all('request and answer byte by byte', 'answer'),
    all('request cut in half', BROKEN),
    all('cut before the answer', BROKEN),
    all('answer cut in half', BROKEN),
    each('answer’s body cut in half, as if whole', ALTERED, SHORT),
    all('reset in the request', BROKEN),
    all('reset before the answer', BROKEN),
    all('reset in the answer', BROKEN),
    all('half-close after the request', BROKEN),
    all('half-close before the answer', BROKEN),
    all('half-close in the answer', BROKEN),
    all('request stalls', 'timeout'),
    all('answer never begins', 'timeout'),
    all('answer stalls', 'timeout'),
    all('request’s body stalls longer than the router waits', 'api_error'),
    all('slow request: a byte every 10 ms', 'timeout'),
    all('slow request’s body: slower than the router waits', 'api_error'),
    all('slow answer: a byte every 10 ms', 'timeout'),
    each('request sent twice at once', 'answer', 'answer, envelope_refused'),
    all('request sent again after its answer', 'answer'),
    all('answer twice', 'answer'),
    each('64 bytes of the request twice', 'invalid_request', 'envelope_refused'),
    each('64 bytes of the answer twice', `${BROKEN}, ${ALTERED}`, `${ALTERED}, ${BROKEN}`),
    all('two calls, the second answered first', 'answer'),
    each('two calls, each with the other’s answer', 'answer_mismatch', ALTERED),
  ],
}

/** A stream that has begun is the caller's: it is not repeated. Whether it has is a matter of the moment. */
const begun = (name: string): Row => [name, 'answer', 'answer', 'answer', `answer, ${BROKEN}`]

export const REPEATED: Group = {
  name: 'once, and the client may repeat',
  rows: [
    all('request cut in half', 'answer'),
    all('cut before the answer', 'answer'),
    begun('answer cut in half'),
    each('answer’s body cut in half, as if whole', ALTERED, SHORT),
    all('reset in the request', 'answer'),
    all('reset before the answer', 'answer'),
    begun('reset in the answer'),
    all('half-close after the request', 'answer'),
    all('half-close before the answer', 'answer'),
    begun('half-close in the answer'),
    all('request stalls', 'timeout'),
    all('answer never begins', 'timeout'),
    all('answer stalls', 'timeout'),
    each('request sent twice at once', 'answer', 'answer, envelope_refused'),
    all('request sent again after its answer', 'answer'),
  ],
}

const HEAD_1 = 'api_error, http_not_found'
const REQUEST_1 = `invalid_request, ${ALTERED}, answer, answer_mismatch, ${BROKEN}, ${HEAD_1}`
const REQUEST_2 = `envelope_refused, answer, ${BROKEN}, ${HEAD_1}`
const ANSWER_1 = `${ALTERED}, ${BROKEN}, answer, answer_mismatch, redirect_refused`
const ANSWER_2 = `${ALTERED}, ${SHORT}, ${BROKEN}, answer, answer_mismatch, redirect_refused`

export const EVERY: Group = {
  name: 'at every byte',
  rows: [
    all('request in two', 'answer'),
    all('answer in two', 'answer'),
    all('request cut', BROKEN),
    // Behind the body's last byte there are still the marks of HTTP's chunks.
    each('answer cut', `${ALTERED}, ${BROKEN}, answer`, `${SHORT}, ${BROKEN}, answer`),
    each('answer’s body cut, as if whole', ALTERED, SHORT),
    each('request changed', REQUEST_1, REQUEST_2),
    each('answer changed', ANSWER_1, ANSWER_2),
  ],
}

export const OVER_TLS: Group = {
  name: 'TLS',
  rows: [
    all('certificate that has expired', BROKEN),
    all('certificate by nobody but itself', BROKEN),
    all('certificate of another host', BROKEN),
    all('cut in the answer', BROKEN),
    all('reset in the answer', BROKEN),
    all('stalls in the handshake', 'timeout'),
    all('request changed, at every 61st byte', `${BROKEN}, timeout, answer`),
    each(
      'answer changed, at every 61st byte',
      `${BROKEN}, timeout, answer, ${ALTERED}`,
      `${BROKEN}, timeout, answer, ${SHORT}`,
    ),
  ],
}
