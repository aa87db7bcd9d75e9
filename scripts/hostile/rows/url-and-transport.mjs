import { all, area, needing, row, within } from '../row.mjs'

const TRANSPORT = 'packages/client/test/transport.test.ts'
const INTERRUPTIONS = 'packages/client/test/interruptions.test.ts'
const REDIRECTS = 'packages/client/test/redirects-v2.test.ts'
const GROUP = 'URL and transport'
const PLAIN = `${GROUP} > \`http:\` without allowHttp → SecurityError at construction, no socket`
const MOVED = `${GROUP} > 301, 302, 303, 307, 308 on either endpoint → SE, the target is never contacted`
const ADDRESS = `${GROUP} > userinfo → VE, not echoed`
const SCHEME = `${GROUP} > \`ftp:\`, \`file:\` → VE`
const TAIL = `${GROUP} > query, fragment → VE`
// The files of the tests with real TLS servers say nothing of where they are: their titles are theirs alone.
const CERTIFICATE = 'self-signed, expired, wrong host → APIConnectionError'
const UNVERIFIED = '`NODE_TLS_REJECT_UNAUTHORIZED=0` before start, at run time, and removed later'
const RESET = 'reset in mid-body'
const STALL = 'body that stalls after the headers → timeout'
const ABORT = 'abort in mid-read closes the socket'

const redirects = ['301', '302', '303', '307', '308'].map((status) =>
  row(
    `${status} in place of a key, a document or an answer: refused, and nobody asks its target`,
    ...within(TRANSPORT, MOVED, `${status}, onKey`, `${status}, onMessage`),
    ...within(REDIRECTS, 'a redirect', `${status} of the capabilities`, `${status} of a sealed request`),
  ),
)

const withOpenSSL = (what, ...proofs) => needing('OpenSSL', row(what, ...proofs))

export const urlAndTransport = area('URL and transport', [
  row(
    'an address in clear, however its scheme is spelt: a SecurityError at construction, no connection',
    ...within(TRANSPORT, PLAIN, 'http://', 'HTTP://', 'hTtP://', 'from the environment'),
  ),
  row('HTTPS:// in capitals is https://', [TRANSPORT, `${GROUP} > \`HTTPS://\` accepted`]),
  row('a name or a password in the address: refused, and not repeated', all(TRANSPORT, `${ADDRESS} > `)),
  row('ftp:', ...within(TRANSPORT, SCHEME, '"ftp://host-m4rk"')),
  row('file:', ...within(TRANSPORT, SCHEME, '"file:///host-m4rk"', '"file://host-m4rk/x"')),
  row(
    'a query in the address',
    ...within(TRANSPORT, TAIL, '"https://host-m4rk?key=m4rk"', '"https://host-m4rk/?"'),
  ),
  row(
    'a fragment in the address',
    ...within(TRANSPORT, TAIL, '"https://host-m4rk#m4rk"', '"https://host-m4rk/#"'),
  ),
  ...redirects,
  withOpenSSL('a certificate that signed itself', ...within(undefined, CERTIFICATE, 'self-signed')),
  withOpenSSL('a certificate that has expired', ...within(undefined, CERTIFICATE, 'expired')),
  withOpenSSL('a certificate for another host', ...within(undefined, CERTIFICATE, 'wrong host')),
  withOpenSSL(
    'verification that was switched off before Node started: no call over https',
    ...within(undefined, UNVERIFIED, 'before start: refused without a connection, whatever the certificate'),
  ),
  withOpenSSL(
    'verification that is switched off while it runs: no call from then on',
    ...within(undefined, UNVERIFIED, 'at run time: refused from then on'),
  ),
  withOpenSSL(
    'verification that is switched on again verifies',
    ...within(undefined, UNVERIFIED, 'removed later: certificates are verified again'),
  ),
  row(
    'a connection that breaks within the body',
    ...within(INTERRUPTIONS, RESET, 'the answer', 'the key', 'the answer, ended cleanly but too early'),
    [
      'packages/client/test/exchange-v2.test.ts',
      'an answer that is not whole > whose connection breaks is repeated as a whole, sealed afresh',
    ],
  ),
  row(
    'a body that stands still after its headers: the time limit counts',
    ...within(
      INTERRUPTIONS,
      STALL,
      'at once: within the limit, and not repeated',
      'after a part: within the limit, and not repeated',
    ),
  ),
  row(
    'a caller who aborts while the body is read: the socket closes',
    ...within(INTERRUPTIONS, ABORT, 'the answer', 'a failure', 'the key'),
    ['packages/client/test/exchange-v2.test.ts', 'a stream > the caller’s signal reaches the router'],
  ),
  row(
    'no crypto.subtle: a SecurityError at construction',
    ...within(
      TRANSPORT,
      '`subtle` undefined → SecurityError at construction',
      'no crypto.subtle',
      'no crypto',
    ),
    all('packages/core/test/insecure-context.universal.test.ts', 'without crypto.subtle > '),
  ),
])
