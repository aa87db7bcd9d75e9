import { area, needing, row } from '../row.mjs'

const CLI = 'packages/cli/test'
const SECRETS = `${CLI}/router-environment-key.slow.test.ts`
const REDIS = `${CLI}/hostile-redis.slow.test.ts`
const STORE = `${CLI}/doctor-replay-store.slow.test.ts`
const LIES = 'no router starts, and nothing of it is quoted'
const ONE_PIPE = 'a byte-order mark and Windows’ line break are no part of a secret; a pipe may hold one'

/** @returns {import('../row.mjs').Row} These tests need openssl in all of their file. */
const secret = (what, ...titles) =>
  needing('openssl, to make keys', row(what, ...titles.map((title) => [SECRETS, title])))
const refused = (...cases) => cases.map((one) => `${one} for a file with a secret is refused`)

const lie = (what, ...cases) => row(what, ...cases.map((one) => [REDIS, `a Redis that says ${one}: ${LIES}`]))

export const deployment = area('A router’s secrets, and its Redis', [
  secret('a secret in a variable and in a file: refused', ...refused('both')),
  secret(
    'a file with a secret that is not there, or a directory',
    ...refused('no path', 'no file', 'a directory'),
  ),
  secret('a file with a secret that is empty', ...refused('an empty file')),
  secret('a file with a secret without an end', ...refused('too much', 'a device without an end')),
  secret(
    'a file with a secret that is no text: never fewer characters than it has',
    ...refused('random bytes', 'UTF-16'),
  ),
  secret('a byte-order mark, Windows’ line break, a pipe', ONE_PIPE),
  secret(
    'keys and passwords in the environment: not in the output, the errors, or a diagnostic report of Node’s',
    'both keys are used, written nowhere, and shown nowhere',
    'a diagnostic report of Node, which has the environment, has neither keys nor passwords',
  ),
  lie('a Redis that says OK, or nothing, to everything', 'OK to everything', 'nothing to everything'),
  lie(
    'a Redis that does not say since when it remembers',
    ...['no time', 'no memory', 'a number for its memory', 'a list for its memory'],
  ),
  lie(
    'a Redis whose errors hold the password and escape sequences',
    'back what it was sent',
    'it later',
    'it in code',
  ),
  row(
    'a claim that is answered with anything but a yes: 503, and the model is not asked',
    ...['OK', 'nothing', '1 as a text', 'a list', '2', 'an error', 'no word'].map((said) => [
      REDIS,
      `a claim that is answered with ${said} is none: 503, and the model is not asked`,
    ]),
  ),
  row('a Redis whose reply never ends', [
    REDIS,
    'a Redis whose reply never ends keeps neither the router nor the doctor',
  ]),
  needing(
    'redis-server',
    row('a Redis that is none, or whose URL is none or has a password: not quoted', [
      STORE,
      'one that is not there, says nothing, is no Redis, or is no URL',
    ]),
  ),
])
