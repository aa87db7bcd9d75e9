import { all, area, row, within } from '../row.mjs'

const HEADERS = 'packages/router/test/headers.universal.test.ts'
const BODIES = 'packages/router/test/bodies.universal.test.ts'
const ACCESS = 'packages/router/test/access.test.ts'
const FAILURES = 'packages/router/test/backend-failures.test.ts'
const EXCHANGE = 'packages/router/test/secure-exchange.universal.test.ts'
const REQUESTS = 'packages/router/test/hostile-requests.test.ts'
const STACK = 'packages/cli/test/hostile-stack.test.ts'
const PROCESS = 'packages/cli/test/router-requests.test.ts'
const UNOPENED = 'what cannot be opened is refused with the same status and the same bytes'

const publicKey = (what, ...titles) =>
  row(
    `X-Public-Key that is ${what}: 400, without an echo`,
    ...within(HEADERS, 'X-Public-Key → 400 without an echo', ...titles),
  )
const clear = (...titles) => within(FAILURES, 'a backend without a sound answer', ...titles)
const sealed = (...titles) =>
  within(
    STACK,
    'a models’ server that',
    ...titles.map((title) => `${title} is an error that came sealed, in the router’s words`),
  )

export const router = area('Router', [
  publicKey('no key', 'not a key', 'broken percent-encoding', 'an elliptic curve', 'absent'),
  publicKey('a key of 1024 bits', '1024 bits'),
  publicKey('too long', 'longer than 4096 characters'),
  row(
    'a body of one byte too many: 413, before it is parsed',
    ...within(
      BODIES,
      'the size of a request',
      'one byte more than an envelope can have → 413 before it is parsed',
      'a Content-Length over the limit → 413 and nothing is read',
    ),
    ...within(
      REQUESTS,
      'too large or too slow',
      'a body of one byte more than there can be is 413; of that many bytes it is looked at',
    ),
  ),
  row(
    'a body that comes slowly: 408',
    all(BODIES, 'the time of a request > a body that '),
    ...within(
      REQUESTS,
      'too large or too slow',
      'an endless body is 413 after the limit, one that stalls 408',
    ),
  ),
  row(
    'a wrong API key: refused before anything is read or decrypted',
    ...within(
      ACCESS,
      'API key',
      'another → 401 before the body is read',
      'is refused before anything else of the request is looked at',
    ),
    ...within(EXCHANGE, 'before anything is opened', 'no API key is refused', 'a wrong API key is refused'),
  ),
  row(
    'a client that goes away: the generation stops',
    all(BODIES, 'a client that goes away > while the backend works'),
    [EXCHANGE, 'a stream > stops the generation when the client goes away'],
    all(STACK, 'generation stops when the client > '),
  ),
  row(
    'a Host that is another name',
    all(ACCESS, 'Host > “attacker.example'),
    [PROCESS, 'the host "rebound.example" is refused'],
    [REQUESTS, 'a Host that is not allowed and a foreign page are refused before anything is opened'],
  ),
  row(
    'a page of another origin that was not let in',
    ...within(
      ACCESS,
      'Origin',
      'a foreign POST is refused before anything else',
      'a foreign GET is refused before anything else',
    ),
    [PROCESS, 'pages of other origins are answered only if --cors-origin names them'],
  ),
  row('models’ server down, over 1.0: our words in clear', ...clear('down → 503')),
  row(
    'models’ server slow, over 1.0',
    ...clear(
      'silent → 504 within the time limit, and its connection is closed',
      'stalled in its answer → 504',
    ),
  ),
  row('models’ server answers with a web page, over 1.0', ...clear('HTML with status 200 → 502')),
  row('models’ server breaks off within its answer, over 1.0', ...clear('reset in its answer → 502')),
  row(
    'models’ server fails, over 1.0: none of its words',
    all(FAILURES, 'the backend’s status → ours, in our words > '),
  ),
  row('models’ server down, over 2.0: our words, sealed', [
    EXCHANGE,
    'a models’ server that fails > because it is not there',
  ]),
  row(
    'models’ server slow, over 2.0',
    [EXCHANGE, 'a models’ server that fails > because it is slow'],
    ...sealed('takes too long'),
  ),
  row('models’ server answers with a web page, over 2.0', ...sealed('answers with HTML')),
  row(
    'models’ server breaks off within its stream, over 2.0',
    [EXCHANGE, 'a stream > that breaks off in its midst is an error, not an end'],
    ...sealed('breaks off in mid-stream'),
  ),
  row(
    'what does not unwrap and what does not authenticate: the same answer',
    ...within(
      HEADERS.replace('headers', 'secure-completion'),
      UNOPENED,
      'OAEP: one bit of the wrapped key',
      'GCM: one bit of the ciphertext',
      'GCM: one bit of the tag',
    ),
    ...within(EXCHANGE, 'the one opaque 400', 'a bit of the encrypted keys', 'a bit of the ciphertext'),
  ),
  row(
    'and in times that overlap',
    ...['an OAEP failure and a GCM failure take overlapping times', 'over 2.0 too'].map((title) => [
      'packages/router/test/timing.slow.test.ts',
      title,
    ]),
  ),
  row('the log holds no secret, over 1.0', all('packages/router/test/secrets.test.ts', 'the log of '), [
    'packages/router/test/secrets.test.ts',
    'positive control: the search finds what a log line does hold',
  ]),
  row('the log holds no secret, over 2.0', all('packages/router/test/secrets-v2.test.ts', 'the log of '), [
    STACK,
    'after everything that went wrong > the request log has a line for each, and nothing of what was said',
  ]),
])
