/** One call under one fault, and everything that must hold after it. */
import { expect } from 'vitest'
import type { Case } from './cases.ts'
import { cellOf, type Way } from './matrix.ts'
import { setStage } from './stage.ts'

/** The cell of one fault that is met once. */
export async function cellOfCase({ faults, timeout }: Case, way: Way, maxRetries = 0): Promise<string> {
  await using stage = await setStage({ ...way, options: { maxRetries } })
  expect((await stage.call()).outcome, 'before the fault').toBe('answer')
  await stage.empty()
  const before = stage.sealed.length
  const met = faults(stage.proxy.last)
  stage.proxy.meet(...met)
  const called = await Promise.all(met.map(() => stage.call(timeout)))
  expect(stage.proxy.pending, 'faults that nothing has met').toBe(0)
  expect((await stage.call()).outcome, 'after the fault').toBe('answer')
  const sealed = stage.sealed.slice(before, -1)
  expect(new Set(sealed).size).toBe(sealed.length)
  if (way.protocol === '2.0') {
    const times = called.reduce((sum, call) => sum + call.times, 0)
    expect(times, 'how often the backend was asked').toBeLessThanOrEqual(sealed.length)
  }
  await stage.settle(met.length)
  return cellOf(called.map(({ outcome }) => outcome))
}
