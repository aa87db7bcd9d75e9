import { all, area, row, within } from '../row.mjs'

const ATTACKS = 'packages/core/test/exchange-attacks.universal.test.ts'
const STREAMS = 'packages/core/test/exchange-streams.universal.test.ts'
const CLIENT = 'packages/client/test/hostile-answers-v2.test.ts'
// Of whichever file: there is no other test of that title.
const EVERY_BYTE = 'cut at every byte, and with every byte changed'

/** In core: an answer that is altered so. */
const refused = (...whats) => within(ATTACKS, 'a response', ...whats.map((what) => `with ${what} is refused`))
/** Through the client. */
const spoilt = (...whats) =>
  within(
    CLIENT,
    'frames',
    ...whats.map(
      (what) => `${what} are the one opaque error, not repeated, and nothing that is not right was given`,
    ),
  )
const everyByte = within(
  undefined,
  EVERY_BYTE,
  'a whole answer is never taken for right',
  'a stream is never taken for right',
)

export const frames = area('Protocol 2.0: an answer', [
  row(
    'cut at every offset',
    ...within(
      ATTACKS,
      'a response',
      'that is whole and cut at any byte is truncated',
      'that is streamed and cut at any byte is truncated',
    ),
    ...everyByte,
  ),
  row(
    'each byte changed',
    ...within(
      ATTACKS,
      'a response',
      'that is whole, with any byte changed, is refused',
      'that is streamed, with any byte changed, is refused',
    ),
    ...everyByte,
  ),
  row('two frames swapped', ...refused('frames swapped'), ...spoilt('swapped')),
  row('a frame twice', ...refused('a frame doubled'), ...spoilt('doubled')),
  row('a frame left out', ...refused('a frame dropped', 'META dropped'), ...spoilt('dropped')),
  row(
    'a frame made the final one',
    ...refused('a frame promoted to the final one'),
    ...spoilt('promoted to the final one'),
  ),
  row('the final frame made none', ...refused('the final frame demoted'), ...spoilt('demoted')),
  row(
    'a byte behind everything, with the last piece or after it',
    ...refused('a byte after it, in the same piece', 'a byte after the final frame'),
    ...spoilt('followed by a byte'),
  ),
  ...[0, 18, 65_553, 2 ** 31 - 1].map((length) =>
    row(`a frame of ${length} bytes: refused at its header, without room made for it`, [
      ATTACKS,
      `a response > with a frame of ${length} bytes is refused at its header, before anything is allocated`,
    ]),
  ),
  row(
    'no room is made for what is only announced',
    ...within(
      STREAMS,
      'a length that is only announced',
      'of 2147483647 bytes is refused, and no room is made for it',
      'is what this finds, where room is made',
    ),
  ),
  row('padding that is not zero', ...refused('padding that is not zero')),
  row('more content than the frame has room for', ...refused('a length beyond the frame')),
  row('a first frame that is not META', ...refused('frame 0 not META', 'a PAD before META')),
  row('META twice', ...refused('a second META')),
  row('PAD with something in it', ...refused('a PAD with content')),
  row('a frame of an unknown type, final or not', ...refused('an unknown type', 'an unknown final type')),
  row('one frame more than the limit, and what the limit is', [
    ATTACKS,
    'a response > with more frames than allowed is refused, empty ones too; the default is 2^20',
  ]),
  row(
    'PAD without an end',
    [STREAMS, 'an endless response > of pad frames ends at the limit, and asks for no more'],
    ...within(
      CLIENT,
      'an answer that goes on for ever',
      'in PADs is given up when the attempt’s time is over, if it is wanted whole',
    ),
  ),
  ...['magic', 'mode', 'reserved byte'].map((what) =>
    row(`another ${what}`, [
      ATTACKS,
      `a response > with another ${what} is refused, although its key unwraps`,
    ]),
  ),
  row('the payload id of another call', ...refused('another payload id')),
  row(
    'a byte after the final frame, whatever it is',
    ...within(
      STREAMS,
      'after the final frame',
      'the final frame again is an error',
      'another frame is an error',
      'a byte that comes while the connection is held open is an error, too',
    ),
    ...within(CLIENT, 'after the final frame', 'a byte spoils a whole answer, too'),
  ),
  row(
    'a connection that is held open after the final frame: let go, with success',
    ...within(
      CLIENT,
      'after the final frame',
      'a connection that is held open is let go, and the answer is right',
    ),
    [
      'packages/core/test/exchange.universal.test.ts',
      'a response > ends with success when the connection is held open after the final frame',
    ],
  ),
  row(
    'the answer to another request',
    ...within(ATTACKS, 'a response', 'that answers another request is refused'),
    [CLIENT, 'an answer to the request before is refused, whole or streamed'],
  ),
  row(
    'frames of two genuine answers put together',
    all(STREAMS, 'frames of two responses to one request > cannot be put together'),
  ),
])
