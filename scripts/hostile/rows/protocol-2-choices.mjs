import { area, row, within } from '../row.mjs'

const NEGOTIATION = 'packages/client/test/negotiation.test.ts'
const CAPABILITIES = 'packages/client/test/capabilities-v2.test.ts'
const SUCCESSION = 'packages/client/test/key-succession.test.ts'

const never = (what, ...titles) =>
  row(
    `capabilities that are ${what}: an error, never 1.0`,
    ...within(
      NEGOTIATION,
      'auto',
      ...titles.map((title) => `${title} for the capabilities is an error, never 1.0`),
    ),
  )

export const choices = area('Protocol 2.0: the version and the key', [
  row(
    'capabilities without 2.0, once it was spoken: DowngradeError',
    ...within(
      NEGOTIATION,
      'once 2.0 was spoken',
      'a 404 is a DowngradeError, in another process too',
      'a document without it is a DowngradeError, in another process too',
    ),
    ['packages/cli/test/downgrade.test.ts', 'is a DowngradeError, and nothing is sent'],
  ),
  row(
    '422 never leads back to 1.0, whatever the capabilities say then',
    ...within(
      CAPABILITIES,
      'whoever has spoken 2.0',
      ...['a 404', 'a document without it', 'a 500', 'HTML', 'a redirect', 'a reset'].map(
        (what) => `does not when the capabilities are ${what} in the course of a 422`,
      ),
    ),
    [
      NEGOTIATION,
      'the router’s key > a 422 with the same key is sealed afresh once, and is an error then; never 1.0',
    ],
    [NEGOTIATION, 'the router’s key > a 422 after which there is no 2.0 any more is a DowngradeError'],
  ),
  row('a request under an older, genuine document succeeds', [
    NEGOTIATION,
    'the router’s key > a request under an older but genuine document succeeds',
  ]),
  row(
    'a new key that the old one vouches for is taken',
    [
      NEGOTIATION,
      'the router’s key > a successor that the old key vouches for is accepted, and the old one forgotten with its document',
    ],
    [SUCCESSION, 'without pins > a successor that was vouched for is accepted after a restart, too'],
  ),
  row(
    'any other key is a ServerKeyMismatchError',
    [
      NEGOTIATION,
      'the router’s key > any other key is a mismatch that names both, and nothing is sealed to it',
    ],
    [SUCCESSION, 'without pins > only the very document that was vouched for counts'],
    [SUCCESSION, 'a failure that is not sealed vouches for nothing'],
  ),
  ...[400, 422].map((status) =>
    row(`the same in recovery from ${status} over 1.0`, [
      SUCCESSION,
      `on the way of recovery over 1.0 > after a ${status} a stranger’s key is a mismatch, a remembered one is taken`,
    ]),
  ),
  row('the same in recovery from 422 over 2.0', [
    NEGOTIATION,
    'the router’s key > a stranger’s key is a mismatch on the 422 path too',
  ]),
  never('a 500', '500'),
  never('a web page', 'HTML'),
  never('a redirect', 'a redirect'),
])
