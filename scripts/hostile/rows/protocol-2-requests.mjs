import { area, row, within } from '../row.mjs'

const EXCHANGE = 'packages/router/test/secure-exchange.universal.test.ts'
const REQUESTS = 'packages/router/test/hostile-requests.test.ts'
const CORE = 'packages/core/test/exchange-request-attacks.universal.test.ts'
const CLOCK = 'packages/client/test/clock-v2.test.ts'
const INSIDE = 'the one opaque 400 is for what is inside, too:'

/** The same status and the same bytes, whatever it was. */
const opaque = (...whats) => within(EXCHANGE, 'the one opaque 400', ...whats)
const inside = (...whats) => within(REQUESTS, INSIDE, ...whats.map((what) => `and ${what}`))
const path = (what, ...titles) =>
  row(
    `a path ${what}: refused, sealed, and nobody is asked`,
    ...within(
      REQUESTS,
      'a path that',
      ...titles.map((title) => `${title} is refused, sealed, and asks nobody`),
    ),
  )

export const requests = area('Protocol 2.0: a request', [
  row('each byte changed', [CORE, 'a request > with any byte changed is refused']),
  row('another magic: the one 400', ...inside('the magic')),
  row('another reserved byte: the one 400', ...inside('a reserved byte')),
  row('another length of the encrypted keys: the one 400', ...inside('the length of the keys')),
  row('another key id: 422, which says that alone', [
    REQUESTS,
    `${INSIDE} > a changed kid says that the key is not known, and nothing else`,
  ]),
  row('another time: the one 400', ...opaque('the time')),
  row('other encrypted keys: the one 400', ...opaque('a bit of the encrypted keys')),
  row('Authorization changed: the one 400', ...opaque('Authorization changed'), [
    CORE,
    'a request > with Authorization changed is refused',
  ]),
  row('Authorization added: the one 400', ...opaque('Authorization added')),
  row('Authorization removed: the one 400', ...opaque('Authorization removed'), [
    CORE,
    'a request > with Authorization removed is refused',
  ]),
  row('the tier changed: the one 400', ...opaque('the tier changed', 'the tier changed to nonsense'), [
    CORE,
    'a request > with the tier changed is refused',
  ]),
  row('the tier added: the one 400', ...opaque('the tier added')),
  row(
    'the tier removed or emptied: the one 400',
    ...opaque('the tier removed'),
    ...inside('a tier that is empty'),
    [CORE, 'a request > with the tier removed is refused'],
  ),
  row(
    'the payload id changed: the one 400',
    ...opaque('the payload id changed', 'a payload id that is no UUID'),
    [CORE, 'a request > with the payload id changed is refused'],
  ),
  row(
    'a payload id added where none was sealed: the one 400',
    ...within(REQUESTS, INSIDE, 'a payload id where none was sealed'),
  ),
  row(
    'the payload id removed or emptied: the one 400',
    ...opaque('the payload id removed'),
    ...inside('a payload id that is empty'),
  ),
  row('a replay: refused, at another router with the same store too', [
    REQUESTS,
    'a replay > is refused after the answer, at another router with the same store, and with another header',
  ]),
  row(
    'fifty replays at once: one is processed',
    ...opaque('a replay; of fifty at once exactly one is processed'),
  ),
  row(
    'a replay store that does not answer: 503, and nothing is processed',
    [EXCHANGE, 'the replay store > that does not answer is a 503, and nothing is processed'],
    ...within(
      REQUESTS,
      'a replay',
      'cannot be ruled out by a store that never answers: 503, and nothing is processed',
      'cannot be ruled out by a store that throws at once: 503, and nothing is processed',
    ),
  ),
  ...['-301000', '301000'].map((ms) =>
    row(`a clock that is ${ms} ms off: a sealed refusal, and nothing is claimed`, [
      EXCHANGE,
      `a sealed refusal > of a time that is ${ms} ms off: nothing is claimed`,
    ]),
  ),
  row(
    'a clock that is just right enough',
    ...within(
      EXCHANGE,
      'a sealed refusal',
      'not of one that is -299000 ms off',
      'not of one that is 299000 ms off',
    ),
  ),
  row(
    'a client whose clock is wrong: corrected once',
    ...within(
      CLOCK,
      'a machine whose clock',
      ...['an hour ahead', 'an hour behind', 'just beyond the window'].map(
        (what) => `is ${what} is corrected once, and stays so`,
      ),
    ),
    [CLOCK, 'a refusal of the corrected time is an error, sealed afresh no third time, whatever its time'],
  ),
  row(
    'a refusal for the clock that nobody authenticated moves nothing',
    ...within(
      CLOCK,
      'nothing is moved by',
      'a 400 in clear',
      'a 422 in clear',
      'a 200 in clear',
      'a 503 in clear',
      'a refusal that was altered',
    ),
  ),
  path('that begins with //', 'starts with //', 'has // in it'),
  path('with dot segments', 'has dot segments', 'ends in a dot segment'),
  path('with dot segments that are encoded', 'has dot segments, encoded', 'has dot segments, half encoded'),
  path('with backslashes', 'has backslashes', 'has an encoded backslash'),
  path('with a fragment', 'has a fragment'),
  path('with a line break', 'has CRLF', 'has encoded CRLF'),
  path('that is a whole address', 'is an absolute URL', 'is a host'),
  path('that is not listed', 'is not listed'),
  row(
    'the key block of 1.0 under the label of 2.0',
    ...opaque('a 1.0 envelope’s key block relabelled, and the reverse'),
    [CORE, 'a request > with the label of 1.0 is refused'],
  ),
  row('the key block of 2.0 in an envelope of 1.0', [
    REQUESTS,
    `${INSIDE} > a 2.0 key block in an envelope of 1.0`,
  ]),
])
