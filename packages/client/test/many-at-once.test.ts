/** Many calls in one moment: a few of them are sealed at a time, so that the event loop is never away for long. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { SEALED_AT_ONCE } from '../src/exchange/exchange-v2.js'
import { semaphore } from '../src/exchange/semaphore.js'
import { ask, clientOf, failureOf } from './support/client.ts'
import { gate } from './support/events.ts'
import { startSealedRouter } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const CALLS = 20

afterEach(() => vi.restoreAllMocks())

/** How many RSA encryptions ran at once at most. */
function mostAtOnce(): { readonly most: number } {
  const seen = { most: 0 }
  let running = 0
  const real = crypto.subtle.encrypt.bind(crypto.subtle)
  vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (algorithm, key, data) => {
    if (key.algorithm.name !== 'RSA-OAEP') return real(algorithm, key, data)
    seen.most = Math.max(seen.most, ++running)
    try {
      return await real(algorithm, key, data)
    } finally {
      running--
    }
  })
  return seen
}

describe('calls in one moment, over 2.0', () => {
  test('are sealed a few at a time', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ body: JSON.stringify(completion()) }) })
    const client = await clientOf(router, { protocol: '2.0' })
    await client.ready()
    const seen = mostAtOnce()
    await Promise.all(Array.from({ length: CALLS }, () => client.create(ask())))
    expect(seen.most).toBe(SEALED_AT_ONCE)
    expect(router.sealed).toHaveLength(CALLS)
  })

  test('one that is aborted while it waits is not sealed, and the others go on', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ body: JSON.stringify(completion()) }) })
    let sealed = 0
    const client = await clientOf(router, { protocol: '2.0', onSeal: () => sealed++ })
    await client.ready()
    const controller = new AbortController()
    const { signal } = controller
    const first = Array.from({ length: CALLS }, () => client.create(ask()))
    const aborted = failureOf(() => client.create(ask(), { signal }))
    controller.abort()
    expect(await aborted).toMatchObject({ name: 'APIUserAbortError' })
    await Promise.all([...first, client.create(ask())])
    expect(sealed).toBe(CALLS + 1)
  })
})

describe('a semaphore', () => {
  test('begins in the order in which they came, as others end', async () => {
    const inTurn = semaphore(2)
    const begun: number[] = []
    const gates = Array.from({ length: 5 }, gate)
    const results = gates.map(({ opened }, i) =>
      inTurn(async () => {
        begun.push(i)
        await opened
        return i
      }),
    )
    expect(begun).toEqual([0, 1])
    gates[1]!.open()
    expect(await results[1]).toBe(1)
    await expect.poll(() => begun).toEqual([0, 1, 2])
    gates.forEach(({ open }) => open())
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4])
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  test('gives way to the next one also after a failure', async () => {
    const inTurn = semaphore(1)
    const failed = inTurn(() => Promise.reject(new Error('no')))
    const next = inTurn(async () => 'yes')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})
