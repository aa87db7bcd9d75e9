import { all, area, row } from '../row.mjs'

const SECRETS = 'packages/client/test/secrets.test.ts'

export const secrets = area('What no error and no log shows', [
  row(
    'the search for secrets finds what is there',
    all('packages/core/test/no-secrets.universal.test.ts', 'the search for secrets > '),
  ),
])
