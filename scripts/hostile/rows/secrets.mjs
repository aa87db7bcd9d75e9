import { all, area, row, within } from '../row.mjs'

// Every failure that these packages' tests look at goes through one function, which searches it for what the call
// carried: message, stack, causes, `inspect`, JSON, and the log at its most talkative. These rows prove that it finds.
const CLIENT = 'packages/client/test/markers.test.ts'
const ENCRYPTION = 'packages/keystore-pem/test/encryption.slow.test.ts'
const PEM_CONTROL =
  'with a password > a password or a private key in an error is found: a control of what all these tests assert'
const PLACES = ['in message', 'in stack', 'in cause', 'in inspect', 'in JSON', 'in a log']

/** @returns {import('../row.mjs').Proof[]} */
const found = (what) => within(CLIENT, what, ...PLACES.map((place) => `${place} is found`))

export const secrets = area('What no error and no log shows', [
  row(
    'the API key',
    ...found('the API key'),
    ['packages/client/test/http-errors.test.ts', 'an API key that the router sends back is struck out'],
    all(
      'packages/client/test/given-fetch.slow.test.ts',
      'fetch > one that fails with an error that quotes the request',
    ),
  ),
  row('the prompt', ...found('a prompt'), [
    'packages/client/test/answers.test.ts',
    'no log line holds prompt, answer or key, at any level',
  ]),
  row(
    'the answer',
    ...found('an answer'),
    all('packages/core/test/no-secrets.universal.test.ts', 'the search for secrets > '),
  ),
  row(
    'a password',
    [ENCRYPTION, PEM_CONTROL],
    [ENCRYPTION, 'with a password > no error and no warning holds a password'],
    [
      'packages/keystore-indexeddb/test/password.browser.test.ts',
      'a wrong password > wrong password: one opaque error, the record unchanged to the byte',
    ],
    all(
      'packages/cli/test/keys-usage.slow.test.ts',
      'a password in the arguments is refused with the reason, and not repeated',
    ),
  ),
  row(
    'a private key',
    ...found('the private key'),
    [ENCRYPTION, PEM_CONTROL],
    all(
      'packages/client/test/given-fetch.slow.test.ts',
      'fetch > none of it is shown by a client that is inspected',
    ),
  ),
])
