import { all, area, row, within } from '../row.mjs'

const CORE = 'packages/core/test/hostile-plaintext.universal.test.ts'
const BODIES = 'packages/client/test/bodies.test.ts'
const GROUP = 'Plaintext'
const BOMBS = 'gzip and brotli bombs (200 MB of zeros)'
const ENDLESS = 'endless chunked body'

/** In core, and through the client. */
const twice = (what, core, client) =>
  row(what, ...within(CORE, GROUP, ...core), ...within(BODIES, GROUP, ...client))
const bomb = (coding, name) =>
  row(
    `200 MB of zeros in ${name}: unpacked no further than the limit`,
    ...within(
      BODIES,
      BOMBS,
      `${coding}: as the answer`,
      `${coding}: as the key`,
      `${coding}: as a failure, which stays what it is`,
    ),
    ...within(BODIES, BOMBS, 'no more of it is unpacked than the limit and a little'),
  )

export const plaintext = area('Plaintext', [
  row(
    'no JSON: refused, and not a word of it quoted',
    all(CORE, `${GROUP} > not JSON (nothing quoted)`),
    ...within(BODIES, GROUP, 'not JSON (nothing quoted)', 'nearly JSON', 'empty'),
  ),
  twice('a byte-order mark', ['BOM', 'BOM, sealed', 'BOM: UTF-16'], ['BOM']),
  twice('NaN', ['NaN', 'NaN, sealed', 'NaN: Infinity'], ['NaN']),
  twice(
    'a list at the root',
    ['array or string root: array', 'array or string root: array, sealed'],
    ['array root'],
  ),
  twice(
    'a text at the root',
    ['array or string root: string', 'array or string root: string, sealed'],
    ['string root'],
  ),
  twice(
    '__proto__ at the root, however it is spelt',
    ['"__proto__" at 0', '"\\u005f_proto__" at 0', '"__pr\\u006Fto__" at 0'].map(
      (how) => `\`__proto__\` at depth 0 and 5: ${how}`,
    ),
    ['`__proto__` at depth 0', '`__proto__` in escapes'],
  ),
  twice(
    '__proto__ five levels down',
    ['"__proto__" at 5', '"\\u005f_proto__" at 5', '"__pr\\u006Fto__" at 5, in a list'].map(
      (how) => `\`__proto__\` at depth 0 and 5: ${how}`,
    ),
    ['`__proto__` at depth 5'],
  ),
  ...[0, 5].map((depth) =>
    twice(
      `constructor.prototype at depth ${depth}: data, and Object.prototype stays as it was`,
      [`\`constructor.prototype\` at depth 0 and 5, \`Object.prototype\` unchanged: ${depth}`],
      [`\`constructor.prototype\` at depth ${depth}: \`Object.prototype\` unchanged`],
    ),
  ),
  row('metadata that is a text', ...within(BODIES, GROUP, '`_metadata` a string → SE')),
  twice(
    '100,000 levels deep',
    ['depth 10^5', 'depth 10^5: arrays', 'depth 10^5: never closed'],
    ['depth 10^5', 'depth 10^5 in an object'],
  ),
  twice(
    '9 MB of empty objects',
    ['9 MB of `{}`', '9 MB of `{}` in a list are refused before they are parsed'],
    ['9 MB of `{}` is refused before it is parsed'],
  ),
  bomb('gzip', 'gzip'),
  bomb('br', 'brotli'),
  row(
    'a chunked body without an end: cut off, and its connection closed',
    ...within(
      BODIES,
      ENDLESS,
      ...['the answer', 'the key', 'a failure', 'a failure of the key'].map(
        (what) => `as ${what}: cut off, and its connection closed`,
      ),
    ),
  ),
])
