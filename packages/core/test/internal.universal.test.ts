/** What the packages share: waiting, giving memory back, reading what a store holds. */
import { abortable, assertEnvironment, asRouterTrust, giveBack, within } from '@nomyo/core/internal'
import { afterEach, describe, expect, it, vi } from 'vitest'

const MEGABYTE = 1024 * 1024
const never = new Promise<never>(() => undefined)

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('abortable', () => {
  it('gives what comes, and listens no more', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    expect(await abortable(Promise.resolve(1), signal)).toBe(1)
    expect(removed).toHaveBeenCalledOnce()
  })

  it('rejects with the reason, at once or later', async () => {
    const [early, late] = [new AbortController(), new AbortController()]
    early.abort(new Error('early'))
    await expect(abortable(never, early.signal)).rejects.toThrow('early')
    const waiting = abortable(never, late.signal)
    late.abort(new Error('late'))
    await expect(waiting).rejects.toThrow('late')
  })

  it('hears of a failure that nobody waits for any more', async () => {
    const controller = new AbortController()
    controller.abort(new Error('aborted'))
    await expect(abortable(Promise.reject(new Error('unheard')), controller.signal)).rejects.toThrow(
      'aborted',
    )
  })
})

describe('within', () => {
  it('gives what comes in time, a failure too', async () => {
    expect(await within(Promise.resolve(1), 60_000)).toBe(1)
    await expect(within(Promise.reject(new Error('failed')), 60_000)).rejects.toThrow('failed')
  })

  it('gives undefined when the time is over', async () => {
    expect(await within(never, 1)).toBeUndefined()
  })
})

describe('giving memory back', () => {
  it('leaves nothing of a large buffer', () => {
    const bytes = new Uint8Array(MEGABYTE)
    giveBack(bytes.subarray(1))
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([0, 0])
  })

  it('by the way that the engine has', () => {
    const bytes = new Uint8Array(MEGABYTE)
    const transfer = vi.fn()
    Object.defineProperty(bytes.buffer, 'transfer', { value: transfer, configurable: true })
    giveBack(bytes)
    expect(transfer).toHaveBeenCalledExactlyOnceWith(0)
    Object.defineProperty(bytes.buffer, 'transfer', { value: undefined, configurable: true })
    vi.stubGlobal('MessageChannel', undefined)
    giveBack(bytes)
    expect(bytes.length).toBe(MEGABYTE)
    vi.unstubAllGlobals()
    giveBack(bytes)
    expect(bytes.length).toBe(0)
  })

  it('takes nothing of a small one', () => {
    const bytes = new Uint8Array(MEGABYTE - 1)
    giveBack(bytes)
    expect(bytes.length).toBe(MEGABYTE - 1)
  })
})

describe('what is known of a router', () => {
  const trust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '2.0' } as const

  it('is read with its own fields alone', () => {
    expect(asRouterTrust({ ...trust, more: 1 })).toEqual(trust)
  })

  it.each([
    ['nothing', undefined],
    ['a list', [trust]],
    ['no fingerprints', { ...trust, fingerprints: [] }],
    ['one fingerprint, not in a list', { ...trust, fingerprints: 'sha256/a' }],
    ['a fingerprint that is no text', { ...trust, fingerprints: ['sha256/a', 1] }],
    ['no time', { ...trust, firstSeen: undefined }],
    ['a time that is no number', { ...trust, firstSeen: Number.NaN }],
    ['another protocol', { ...trust, highestProtocol: '3.0' }],
  ])('is not read from %s', (_, value) => {
    expect(asRouterTrust(value)).toBeUndefined()
  })
})

describe('the name of an environment', () => {
  it.each(['production', 'a', 'eu-west.1_b', '...'])('may be %s', (name) => {
    expect(() => assertEnvironment(name)).not.toThrow()
  })

  it.each(['', '.', '..', 'a/b', 'a\\b', 'ä', 'a b', 'a'.repeat(65)])('may not be %j', (name) => {
    expect(() => assertEnvironment(name)).toThrow('environment must be 1 to 64 letters')
  })

  it('is text', () => {
    expect(() => assertEnvironment(1 as never)).toThrow('environment must be')
  })
})
