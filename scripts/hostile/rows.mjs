/** All areas, in the order in which a request goes through them. */
import { urlAndTransport } from './rows/url-and-transport.mjs'
import { headersAndInput } from './rows/headers-and-input.mjs'
import { routerKey } from './rows/router-key.mjs'
import { envelope } from './rows/envelope.mjs'
import { plaintext } from './rows/plaintext.mjs'
import { httpErrors } from './rows/http-errors.mjs'
import { keys } from './rows/keys.mjs'
import { frames } from './rows/protocol-2-frames.mjs'
import { requests } from './rows/protocol-2-requests.mjs'
import { choices } from './rows/protocol-2-choices.mjs'
import { router } from './rows/router.mjs'
import { deployment } from './rows/deployment.mjs'
import { page } from './rows/page.mjs'
import { secrets } from './rows/secrets.mjs'
import { vectors } from './rows/vectors.mjs'

/** @type {import('./row.mjs').Area[]} */
export const AREAS = [
  ...[urlAndTransport, headersAndInput, routerKey, envelope, plaintext, httpErrors, keys],
  ...[frames, requests, choices, router, deployment, page, secrets, vectors],
]
