import { all, area, row, within } from '../row.mjs'

const CORE = 'packages/core/test/public-key.universal.test.ts'
const TRUST = 'packages/client/test/trust.test.ts'
const BODIES = 'packages/client/test/bodies.test.ts'
const KIND = "Router's key: another kind of key"
const DER = "Router's key: DER that is not canonical"
const NONE = "Router's key: no SPKI at all"

/** @returns {import('../row.mjs').Proof} */
const noPost = (what) => [
  TRUST,
  `a router’s key that is ${what} → SecurityError with the reason, and no POST`,
]

export const routerKey = area('The router’s key', [
  row('RSA with 1024 bits', ...within(CORE, KIND, '1024 bits'), noPost('1024 bits')),
  row('RSA with 16384 bits', ...within(CORE, KIND, '16384 bits')),
  row('the exponent 1', ...within(CORE, KIND, 'e = 1, 3: 1')),
  row('the exponent 3', ...within(CORE, KIND, 'e = 1, 3: 3')),
  row('a key on an elliptic curve', ...within(CORE, KIND, 'EC'), noPost('EC')),
  row('a key for RSA-PSS', ...within(CORE, KIND, 'RSA-PSS')),
  row('bytes behind the DER', ...within(CORE, DER, 'trailing DER', 'trailing DER, in PEM')),
  row('two keys, one behind the other', ...within(CORE, NONE, 'two PEMs')),
  row(
    'a private key',
    ...within(CORE, NONE, 'a private PEM', 'a private PEM, relabelled'),
    noPost('a private PEM'),
  ),
  row(
    'a web page with status 200',
    ...within(CORE, NONE, 'HTML with 200', 'HTML around the key'),
    noPost('HTML with 200'),
    ...within(BODIES, 'the router’s key', 'HTML with 200 → SE, and nothing is sent'),
  ),
  row(
    'a megabyte in its place',
    all(CORE, `${NONE} > 1 MB body: `),
    ...within(BODIES, 'the router’s key', '1 MB body → SE, and nothing is sent'),
  ),
  row('a key that is not pinned: nothing is sent', [TRUST, 'pin mismatch → SecurityError and no POST']),
  row('an address of the demo page with a pin that is none: nothing is sent', [
    'apps/demo/test/pins.slow.spec.ts',
    'what is no fingerprint is not pinned, and in the address it keeps everything from being sent',
  ]),
  row(
    'a key that is not the one remembered: both fingerprints are named, nothing is sent',
    [TRUST, 'changed after first use → SecurityError naming both fingerprints, and no POST'],
    [
      'packages/client/test/negotiation.test.ts',
      'the router’s key > any other key is a mismatch that names both, and nothing is sealed to it',
    ],
  ),
])
