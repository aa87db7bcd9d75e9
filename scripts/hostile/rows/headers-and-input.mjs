import { all, area, row, within } from '../row.mjs'

const API_KEY = 'packages/client/test/api-key.test.ts'
const PARAMS = 'packages/client/test/params.test.ts'
const PAYLOAD_ID = 'packages/core/test/payload-id.universal.test.ts'
const GROUP = 'CRLF, NUL, non-Latin-1 in API key and payload id'
const TYPES = 'BigInt, cycles, functions → ValidationError'
const EMPTY = 'empty payload, array → ValidationError'
const SIZE = '10 MiB passes, one byte more → PayloadTooLargeError before encryption'
const OUTSIDE = 'apiKey, tier, baseURL never in the plaintext'

const inKey = (name) =>
  row(`${name} in the API key: refused, nothing sent, not repeated`, all(API_KEY, `${GROUP} > ${name}`))
const inID = (name) =>
  row(
    `${name} in the payload id: nothing is sealed under it, and no caller can give one`,
    [PAYLOAD_ID, `a payload id with ${name} is not sealed under`],
    ...within(
      API_KEY,
      GROUP,
      'the header X-Payload-ID is the SDK’s own',
      'the header x-payload-id is the SDK’s own',
    ),
  )
const never = (what, ...names) =>
  row(
    `${what} does not travel in the plaintext`,
    ...within(
      PARAMS,
      OUTSIDE,
      'given as options, they stay outside',
      ...names.map((name) => `${name} among the parameters → ValidationError`),
    ),
  )

export const headersAndInput = area('Headers and input', [
  ...['CRLF', 'NUL', 'non-Latin-1'].flatMap((name) => [inKey(name), inID(name)]),
  row('a tier that is none', all('packages/client/test/options.test.ts', 'bad tier → ValidationError > ')),
  row('a BigInt among the parameters', ...within(PARAMS, TYPES, 'BigInt', 'a BigInt object')),
  row('parameters in a circle', ...within(PARAMS, TYPES, 'a cycle')),
  row(
    'a function among the parameters',
    ...within(PARAMS, TYPES, 'a function', 'a class', 'a toJSON that gives a function'),
  ),
  row('parameters that are empty, or none', ...within(PARAMS, EMPTY, 'an empty object', 'null'), [
    PARAMS,
    'no parameters at all → ValidationError',
  ]),
  row('a list for parameters', ...within(PARAMS, EMPTY, 'an array')),
  row(
    '10 MiB of request pass',
    ...within(PARAMS, SIZE, 'one-byte characters', 'characters of three bytes'),
    ['packages/core/test/envelope.universal.test.ts', 'the limit > 10 MiB passes'],
    [
      'packages/core/test/exchange.universal.test.ts',
      'a request > takes a body of exactly 10 MiB and not one byte more',
    ],
  ),
  row(
    'a byte more: PayloadTooLargeError, before anything is encrypted or asked for',
    ...within(
      PARAMS,
      SIZE,
      'one-byte characters',
      'too large as the first call: not even the key is asked for',
    ),
    [
      'packages/core/test/envelope.universal.test.ts',
      'the limit > one byte more than 10 MiB → PayloadTooLargeError before encryption',
    ],
  ),
  never('the API key', 'apiKey', 'api_key'),
  never('the tier', 'securityTier', 'security_tier'),
  never('the address', 'baseURL', 'base_url'),
])
