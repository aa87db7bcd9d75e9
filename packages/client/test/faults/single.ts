/** One call under one fault, and everything that must hold after it. */
import { expect } from 'vitest'
import type { Certificates } from '../support/certificates.ts'
import type { Case } from './cases.ts'
import { cellOf, type Way } from './matrix.ts'
import { setStage } from './stage.ts'
import { behind } from './tls.ts'

/** The cell of one fault that is met once, by a client that repeats so often, or over TLS. */
export async function cellOfCase(
  { faults, timeout, bodyTimeout, isTwice = false }: Case,
  { maxRetries = 0, tls, ...way }: Way & { readonly maxRetries?: number; readonly tls?: Certificates },
): Promise<string> {
  await using stage = await setStage({
    ...way,
    bodyTimeout,
    options: { maxRetries },
    ...(tls && behind(tls, 'good')),
  })
  // The first also asks for the router's key; the second has a connection for itself, as the one under the fault will.
  for (let call = 0; call < 2; call++) {
    expect((await stage.call()).outcome, 'before the fault').toBe('answer')
    await stage.empty()
  }
  const before = stage.sealed.length
  const { last } = stage.proxy
  expect(Math.min(last.sent, last.received)).toBeGreaterThan(500)
  const met = faults(last)
  stage.proxy.meet(...met)
  const called = await Promise.all(met.map(() => stage.call(timeout)))
  expect(stage.proxy.pending, 'faults that nothing has met').toBe(0)
  expect((await stage.call()).outcome, 'after the fault').toBe('answer')
  const sealed = stage.sealed.slice(before, -1)
  expect(new Set(sealed).size).toBe(sealed.length)
  await stage.settle(met.length)
  const times = called.reduce((sum, { text }) => sum + stage.times(text), 0)
  if (way.protocol === '2.0')
    expect(times, 'how often the backend was asked').toBeLessThanOrEqual(sealed.length)
  else if (isTwice) expect(times, 'that the request was there twice').toBe(2)
  return cellOf(called.map(({ outcome }) => outcome))
}
