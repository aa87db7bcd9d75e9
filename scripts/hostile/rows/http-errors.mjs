import { all, area, row, within } from '../row.mjs'

const ERRORS = 'packages/client/test/http-errors.test.ts'
const OVER_2 = 'packages/client/test/http-errors-v2.test.ts'
const BODIES = 'packages/client/test/bodies.test.ts'
const CLASSES = {
  400: 'InvalidRequestError',
  401: 'AuthenticationError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  413: 'APIError',
  429: 'RateLimitError',
  500: 'ServerError',
  502: 'ServerError',
  503: 'ServiceUnavailableError',
  504: 'ServerError',
}
/** Of the sealed path, 400 in clear has a meaning of its own. */
const over2 = (status, name) => [
  status === '400'
    ? [
        'packages/client/test/exchange-v2.test.ts',
        'a refusal > of the envelope is InvalidRequestError envelope_refused, not repeated',
      ]
    : [OVER_2, `a failure > ${status} in clear is ${name}, and a stranger’s word`],
  [OVER_2, `a failure > ${status} that came sealed is ${name}, and the router’s own word`],
]
const detail = (what, ...titles) => row(what, ...titles.map((title) => [ERRORS, title]))

export const httpErrors = area('HTTP errors', [
  ...Object.entries(CLASSES).map(([status, name]) =>
    row(`${status} is a ${name}, over 2.0 too`, all(ERRORS, `${status} → ${name} (`), ...over2(status, name)),
  ),
  detail('a web page for a failure', 'a failure with HTML body'),
  detail(
    'detail that is a list',
    'a failure with `detail` a list',
    'a failure with `detail` a list with a place that makes no text',
  ),
  detail('detail that is an object', 'a failure with `detail` an object'),
  detail('detail of 1 MB: 512 clean characters of it', '`detail` of 1 MB is cut to 512 clean characters'),
  detail('detail with commands for a terminal', 'a failure with ANSI escapes'),
  row(
    'an answer in clear with status 200: a SecurityError',
    all(BODIES, 'a 200 with a plaintext completion → SE > '),
    all('packages/client/test/hostile-answers-v2.test.ts', 'an answer in clear > '),
  ),
  row(
    '204 in place of an answer or a key',
    ...within(BODIES, '204', 'as the answer', 'as the key'),
    ...within(
      'packages/client/test/hostile-answers-v2.test.ts',
      'an answer in clear',
      'without content is a SecurityError, not repeated',
    ),
    ['packages/client/test/negotiation.test.ts', 'auto > 204 for the capabilities is an error, never 1.0'],
  ),
  detail('503 that asks for half an hour: given up at once', '503 with `Retry-After: 1800` given up at once'),
])
