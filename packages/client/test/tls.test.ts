import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import {
  makeCertificates,
  opensslVersion,
  type Certificate,
  type Certificates,
} from './support/certificates.ts'
import { buildChild, type ChildProgram } from './support/child.ts'
import { ask, clientOf, failureOf } from './support/client.ts'
import { startTestRouter, type TestRouter } from './support/test-router.ts'

const ANSWER = 'Hello from the test router.'
const REFUSED = { name: 'SecurityError', code: 'certificate_checks_disabled' }

let certificates: Certificates | undefined
let child: ChildProgram

beforeAll(async () => {
  if (opensslVersion() === undefined) return
  certificates = makeCertificates()
  child = await buildChild()
})

afterAll(() => {
  certificates?.remove()
  child?.remove()
})

function withCertificates(ctx: TestContext): Certificates {
  return certificates ?? ctx.skip('openssl is missing: no certificates can be made')
}

/** The environment in which the test authority is trusted. */
function trusting({ authorityFile }: Certificates): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: authorityFile }
}

function serve(tls: Certificate): Promise<TestRouter> {
  return startTestRouter({ tls })
}

describe('self-signed, expired, wrong host → APIConnectionError', () => {
  test.for([
    ['self-signed', 'selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['expired', 'expired', 'CERT_HAS_EXPIRED'],
    ['wrong host', 'wrongHost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('%s', async ([, which, reason], ctx) => {
    const made = withCertificates(ctx)
    await using router = await serve(made[which])
    const outcomes = await child.run([{ call: router.url }], trusting(made))
    expect(outcomes).toEqual([{ name: 'APIConnectionError', code: 'connection_failed', reason }])
    expect(router.requests).toEqual([])
  })

  test('a certificate that is not valid is not tried again', async (ctx) => {
    await using router = await serve(withCertificates(ctx).selfSigned)
    const client = await clientOf(router, { allowHttp: false, maxRetries: 2 })
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APIConnectionError' })
    expect(router.sockets.opened).toBe(1)
  })

  test('the authority is not trusted', async (ctx) => {
    await using router = await serve(withCertificates(ctx).good)
    const [outcome] = await child.run([{ call: router.url }])
    expect(outcome).toMatchObject({ name: 'APIConnectionError', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(router.requests).toEqual([])
  })

  test('a correct certificate works, by `https:` and by `HTTPS://`', async (ctx) => {
    const made = withCertificates(ctx)
    await using router = await serve(made.good)
    const shouted = router.url.replace('https://localhost', 'HTTPS://LOCALHOST')
    const outcomes = await child.run([{ call: router.url }, { call: shouted }], trusting(made))
    expect(outcomes).toEqual([{ answer: ANSWER }, { answer: ANSWER }])
    expect(router.messages.map(({ json }) => json?.['model'])).toEqual(['test-model', 'test-model'])
  })
})

describe('`NODE_TLS_REJECT_UNAUTHORIZED=0` before start, at run time, and removed later', () => {
  test('before start: refused without a connection, whatever the certificate', async (ctx) => {
    const made = withCertificates(ctx)
    await using router = await serve(made.good)
    await using other = await serve(made.selfSigned)
    const environment = { ...trusting(made), NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const outcomes = await child.run([{ call: router.url }, { call: other.url }], environment)
    expect(outcomes).toEqual([REFUSED, REFUSED])
    expect(router.sockets.opened + other.sockets.opened).toBe(0)
  })

  test('at run time: refused from then on', async (ctx) => {
    const made = withCertificates(ctx)
    await using router = await serve(made.good)
    const steps = [{ call: router.url }, { certificateChecks: '0' }, { call: router.url }]
    expect(await child.run(steps, trusting(made))).toEqual([{ answer: ANSWER }, REFUSED])
    expect(router.messages).toHaveLength(1)
  })

  test('removed later: certificates are verified again', async (ctx) => {
    const made = withCertificates(ctx)
    await using good = await serve(made.good)
    await using bad = await serve(made.selfSigned)
    const calls = [{ call: bad.url }, { call: good.url }]
    const steps = [{ certificateChecks: '0' }, ...calls, { certificateChecks: null }, ...calls]
    expect(await child.run(steps, trusting(made))).toEqual([
      REFUSED,
      REFUSED,
      { name: 'APIConnectionError', code: 'connection_failed', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      { answer: ANSWER },
    ])
    expect(bad.requests).toEqual([])
  })

  test('any other value changes nothing', async (ctx) => {
    const made = withCertificates(ctx)
    await using router = await serve(made.good)
    const environment = { ...trusting(made), NODE_TLS_REJECT_UNAUTHORIZED: '1' }
    expect(await child.run([{ call: router.url }], environment)).toEqual([{ answer: ANSWER }])
  })
})
