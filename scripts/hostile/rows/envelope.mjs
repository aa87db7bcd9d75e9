import { area, row } from '../row.mjs'

const ENVELOPE = 'packages/core/test/hostile-envelope.universal.test.ts'
const FLIPS = 'packages/core/test/bit-flips.universal.test.ts'
const BODIES = 'packages/client/test/bodies.test.ts'
const KINDS = ['Envelope, a request', 'Envelope, a response']
const FIELDS = [
  'version',
  'algorithm',
  'encrypted_aes_key',
  'key_algorithm',
  'payload_algorithm',
  'ciphertext',
  'nonce',
  'tag',
]
const TYPES = ['null', 'a boolean', 'a number', 'a list of the right value', 'an object']

/** Of a request and of a response. */
const both = (what, ...titles) =>
  row(what, ...titles.flatMap((title) => KINDS.map((kind) => [ENVELOPE, `${kind} > ${title}`])))

const missing = [
  'version',
  'algorithm',
  'encrypted_payload',
  'encrypted_aes_key',
  'ciphertext',
  'nonce',
  'tag',
].map((field) => both(`${field} missing`, `each field missing: ${field}`))
const absentAlgorithms = ['key_algorithm', 'payload_algorithm'].map((field) =>
  row(
    `${field} missing: refused in a request, allowed in a response`,
    [ENVELOPE, `${KINDS[0]} > each field missing: ${field} (refused)`],
    [ENVELOPE, `${KINDS[1]} > each field missing: ${field} (allowed)`],
  ),
)
const wrongType = (field, ...types) =>
  both(
    `${field} of another type: ${types.length} of them`,
    ...types.map((type) => `each field of each wrong type: ${type}: ${field}`),
  )

const flips = [
  ['nonce', 'the nonce'],
  ['tag', 'the tag'],
  ['ciphertext', 'the ciphertext'],
  ['encryptedKey', 'the encrypted key'],
].map(([field, what]) =>
  row(
    `one bit flipped in each byte of ${what}: one and the same error`,
    ...KINDS.map((kind) => [
      FLIPS,
      `${kind}: one bit flipped in each byte of each field → the identical SE > ${field}`,
    ]),
  ),
)
const base64 = (what, ...variants) => {
  const fields = ['ciphertext', 'tag', 'encrypted_aes_key']
  return both(
    `base64 ${what}`,
    ...variants.flatMap((variant) => fields.map((field) => `base64 ${variant}: ${field}`)),
  )
}

export const envelope = area('Envelope', [
  both('nothing at all', 'empty', 'empty: white space'),
  both('bytes that are no UTF-8', 'invalid UTF-8', 'invalid UTF-8: overlong'),
  both('a list', 'array, null, string: array', 'array, null, string: empty array'),
  both('null', 'array, null, string: null'),
  both('a text', 'array, null, string: string'),
  ...missing,
  ...absentAlgorithms,
  ...FIELDS.map((field) => wrongType(field, ...TYPES)),
  wrongType('encrypted_payload', 'null', 'a boolean', 'a number', 'a list of the right value', 'a string'),
  both(
    'processed_at of another type',
    ...['null: ', 'true: ', '"1767225600": ', '[1]: ', '{}: '].map(
      (value) => `each field of each wrong type: ${value}processed_at`,
    ),
  ),
  both('version "2.0"', 'version 2.0, 1, "1.0 ": "2.0"'),
  both(
    'version 1, as a text and as a number',
    'version 2.0, 1, "1.0 ": "1"',
    'version 2.0, 1, "1.0 ": the number 1',
  ),
  both('version "1.0" with a blank', 'version 2.0, 1, "1.0 ": "1.0 "', 'version 2.0, 1, "1.0 ": " 1.0"'),
  ...['algorithm', 'key_algorithm', 'payload_algorithm'].map((field) =>
    both(
      `an unknown ${field}`,
      ...['none', 'empty', 'a space behind', 'other case'].map(
        (kind) => `unknown algorithms: ${kind}: ${field}`,
      ),
    ),
  ),
  both(
    'algorithms that others have',
    ...['another RSA size', 'SHA-1', 'AES-128'].map((name) => `unknown algorithms: ${name}`),
  ),
  base64(
    'with white space',
    ...['before', 'behind', 'inside', 'four of them'].map((place) => `with white space: ${place}`),
  ),
  base64('for addresses', 'url-safe'),
  base64('without its padding', 'unpadded'),
  base64('with bits left over', 'with non-zero trailing bits'),
  base64(
    'with something behind it',
    'with a junk suffix',
    'with a junk suffix: four',
    'with a junk suffix: padding',
    'with a junk suffix: NUL',
  ),
  ...[0, 8, 11, 13, 16, 128].map((size) =>
    both(`a nonce of ${size} bytes`, `nonce of 0, 8, 11, 13, 16, 128 bytes: ${size}`),
  ),
  ...[0, 4, 12, 15, 17].map((size) => both(`a tag of ${size} bytes`, `tag of 0, 4, 12, 15, 17: ${size}`)),
  both(
    'the tag left behind the ciphertext',
    ...['and the tag is missing', 'and the tag is empty', 'and in its field'].map(
      (where) => `tag left in the ciphertext: ${where}`,
    ),
  ),
  both(
    'an encrypted key with a byte too many',
    ...['a zero before', 'a zero behind'].map((what) => `encrypted key ± 1 byte: ${what}`),
  ),
  both(
    'an encrypted key with a byte too few',
    ...['without the first', 'without the last'].map((what) => `encrypted key ± 1 byte: ${what}`),
  ),
  ...[16, 24, 31, 33].map((size) =>
    both(`an AES key of ${size} bytes`, `AES key of 16, 24, 31, 33 bytes: ${size}`),
  ),
  both('a key wrapped under OAEP with SHA-1', 'SHA-1 OAEP'),
  ...flips,
  row(
    'one bit flipped anywhere in the text: the same error, or the same plaintext',
    ...KINDS.map((kind) => [
      FLIPS,
      `${kind}: one bit flipped in each byte of each field → the identical SE > the JSON text itself: refused alike, or the same plaintext where the field says nothing`,
    ]),
  ),
  row(
    'an envelope for somebody else’s key',
    ...KINDS.map((kind) => [ENVELOPE, `${kind} > another client's key`]),
    [BODIES, 'a 200 that is no envelope: the one opaque error > sealed to another client’s key'],
  ),
  both(
    'the answer to another request: 1.0 cannot tell, and that is documented',
    'answer to another request (1.0: documented): it opens, nothing ties the two together',
  ),
  row('a payload id in the answer’s metadata that is not ours', [
    BODIES,
    'Plaintext > `payload_id` in the metadata that disagrees → SE',
  ]),
])
