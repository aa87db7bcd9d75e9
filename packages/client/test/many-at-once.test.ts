/** Many calls in one moment: a few of them are sealed at a time, so that the event loop is never away for long. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { SEALED_AT_ONCE } from '../src/exchange/exchange-v2.js'
import { semaphore } from '../src/exchange/semaphore.js'
import { ask, clientOf, failureOf } from './support/client.ts'
import { gate } from './support/events.ts'
import { startSealedRouter } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

const CALLS = 20
/** A signal of somebody who waits. */
const { signal: open } = new AbortController()

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

/** A gate that each request has to pass to be sealed. */
function gateOfSealing(): ReturnType<typeof gate> {
  const { opened, open } = gate()
  const real = crypto.subtle.encrypt.bind(crypto.subtle)
  vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (algorithm, key, data) => {
    if (key.algorithm.name === 'RSA-OAEP') await opened
    return real(algorithm, key, data)
  })
  return { opened, open }
}

describe('calls that wait to be sealed, while those before them do not end', () => {
  test('hundreds that are aborted are told at once, and take no turn from those that come after', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ body: JSON.stringify(completion()) }) })
    let sealed = 0
    const client = await clientOf(router, { protocol: '2.0', onSeal: () => sealed++ })
    await client.ready()
    const sealing = gateOfSealing()
    const first = Array.from({ length: SEALED_AT_ONCE }, () => client.create(ask()))
    const controller = new AbortController()
    const { signal } = controller
    const aborted = Array.from({ length: 300 }, () => failureOf(() => client.create(ask(), { signal })))
    const last = client.create(ask())
    await expect.poll(() => vi.mocked(crypto.subtle.encrypt).mock.calls.length).toBe(SEALED_AT_ONCE)
    controller.abort()
    for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ name: 'APIUserAbortError' })
    sealing.open()
    await Promise.all([...first, last, ...Array.from({ length: CALLS }, () => client.create(ask()))])
    expect(sealed).toBe(SEALED_AT_ONCE + 1 + CALLS)
  })

  test('close() leaves none of them waiting', async () => {
    await using router = await startSealedRouter()
    const client = await clientOf(router, { protocol: '2.0' })
    await client.ready()
    const sealing = gateOfSealing()
    const calls = Array.from({ length: CALLS }, () => failureOf(() => client.create(ask())))
    await expect.poll(() => vi.mocked(crypto.subtle.encrypt).mock.calls.length).toBe(SEALED_AT_ONCE)
    client.close()
    const waiting = await Promise.all(calls.slice(SEALED_AT_ONCE))
    sealing.open()
    const all = [...waiting, ...(await Promise.all(calls.slice(0, SEALED_AT_ONCE)))]
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(['APIUserAbortError']))
    expect(router.sealed).toEqual([])
  })

  test('their time limit counts', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ body: JSON.stringify(completion()) }) })
    const client = await clientOf(router, { protocol: '2.0' })
    await client.ready()
    const sealing = gateOfSealing()
    const first = Array.from({ length: SEALED_AT_ONCE }, () => client.create(ask()))
    const late = await failureOf(() => client.create(ask(), { timeout: 50 }))
    expect(late).toMatchObject({ name: 'APITimeoutError' })
    sealing.open()
    await Promise.all(first)
  })

  test('one that waited for minutes is not sealed with the time at which it came', async () => {
    await using router = await startSealedRouter({ onSealed: () => ({ body: JSON.stringify(completion()) }) })
    const client = await clientOf(router, { protocol: '2.0' })
    await client.ready()
    const sealing = gateOfSealing()
    const came = Date.now()
    const calls = Array.from({ length: SEALED_AT_ONCE + 1 }, () => client.create(ask()))
    await expect.poll(() => vi.mocked(crypto.subtle.encrypt).mock.calls.length).toBe(SEALED_AT_ONCE)
    vi.spyOn(Date, 'now').mockReturnValue(came + 10 * 60_000)
    sealing.open()
    await Promise.all(calls)
    expect(router.sealed.map(({ issuedAt }) => issuedAt)).toContain(came + 10 * 60_000)
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
      }, open),
    )
    await expect.poll(() => begun).toEqual([0, 1])
    gates[1]!.open()
    expect(await results[1]).toBe(1)
    await expect.poll(() => begun).toEqual([0, 1, 2])
    gates.forEach((one) => one.open())
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4])
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  test('gives way to the next one also after a failure', async () => {
    const inTurn = semaphore(1)
    const failed = inTurn(() => Promise.reject(new Error('no')), open)
    const next = inTurn(async () => 'yes', open)
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  test('gives way to the next one also after a task that throws before it begins', async () => {
    const inTurn = semaphore(1)
    const thrown = inTurn(() => {
      throw new Error('no')
    }, open)
    await expect(thrown).rejects.toThrow('no')
    expect(await inTurn(async () => 'yes', open)).toBe('yes')
  })

  test.each(['the turn, then the abort', 'the abort, then the turn'])(
    'loses no turn if both come in one moment: %s',
    async (order) => {
      const inTurn = semaphore(1)
      const { opened, open: end } = gate()
      const controller = new AbortController()
      const first = inTurn(() => opened, open)
      const second = inTurn(async () => 'second', controller.signal)
      const third = inTurn(async () => 'third', open)
      const abort = (): void => controller.abort(new Error('gone'))
      if (order.startsWith('the abort')) abort()
      end()
      // After the first one has ended, and before the second one hears of it.
      queueMicrotask(abort)
      await first
      await expect(second).rejects.toThrow('gone')
      expect(await third).toBe('third')
      expect(await inTurn(async () => 'fourth', open)).toBe('fourth')
    },
  )

  test('gets back from one that is gone no turn that it did not have', async () => {
    const inTurn = semaphore(1)
    const { opened, open: end } = gate()
    const controller = new AbortController()
    const begun: string[] = []
    const task = async (name: string): Promise<void> => void begun.push(name)
    const first = inTurn(() => opened, open)
    const second = inTurn(() => task('second'), controller.signal)
    const third = inTurn(() => task('third'), open)
    controller.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    // Whoever came after it would have begun by now, as this does where nobody is before it.
    await semaphore(1)(() => task('elsewhere'), open)
    expect(begun).toEqual(['elsewhere'])
    end()
    await Promise.all([first, third])
    expect(begun).toEqual(['elsewhere', 'third'])
  })

  test('begins nothing whose signal has aborted already', async () => {
    const inTurn = semaphore(1)
    const task = vi.fn(async () => 'begun')
    await expect(inTurn(task, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(task).not.toHaveBeenCalled()
    expect(await inTurn(task, open)).toBe('begun')
  })

  test('leaves nothing behind on a signal that goes on', async () => {
    const { signal } = new AbortController()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const inTurn = semaphore(1)
    await Promise.all(Array.from({ length: 10 }, () => inTurn(async () => undefined, signal)))
    expect(added).toHaveBeenCalledTimes(10)
    expect(removed).toHaveBeenCalledTimes(10)
  })
})
