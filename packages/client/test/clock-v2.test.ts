/** Whose time is in an envelope, and who may change that: only the router itself, sealed, and once. */
import type { SecureChatCompletion } from '@nomyo/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './support/client.ts'
import { API_KEY } from './support/markers.ts'
import { plain, startSealedRouter, type SealedReply, type SealedRouter } from './support/sealed-router.ts'
import { completion } from './support/test-router.ts'

afterEach(() => void vi.restoreAllMocks())

const WINDOW = 300_000
const HOUR = 3_600_000
const WHOLE: SealedReply = { body: JSON.stringify(completion('Sealed.')) }
const trueNow = Date.now.bind(Date)

const refusal = (t: number): SealedReply => ({
  ...{ status: 400, refused: 'clock', t },
  body: JSON.stringify({ error: { message: 'The clock.' } }),
})

/** A router with the right time, which it keeps to. */
const punctual = (): Promise<SealedRouter> =>
  startSealedRouter({
    onSealed: ({ issuedAt }) => (Math.abs(trueNow() - issuedAt!) > WINDOW ? refusal(trueNow()) : WHOLE),
  })

/** This machine’s clock, wrong by so many ms. */
function setMachineClock(offset: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + offset)
}

const over2 = (router: SealedRouter, options = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: '2.0', apiKey: API_KEY, ...options })

describe('a machine whose clock', () => {
  test.each([
    ['is an hour ahead', HOUR],
    ['is an hour behind', -HOUR],
    ['is just beyond the window', WINDOW + 5_000],
    ['stands at 1970', -trueNow()],
  ])('%s is corrected once, and stays so', async (_what, offset) => {
    await using router = await punctual()
    setMachineClock(offset)
    const logger = recordedLog()
    const client = await over2(router, { logger, logLevel: 'warn' })
    await client.create(ask())
    await client.create(ask())
    expect(router.sealed).toHaveLength(3)
    expect(Math.abs(router.sealed[2]!.issuedAt! - trueNow())).toBeLessThan(60_000)
    expect(logger.lines.filter((line) => line.includes('clock'))).toHaveLength(1)
  })

  test('is set right after it had been corrected is corrected again', async () => {
    await using router = await punctual()
    setMachineClock(HOUR)
    const client = await over2(router)
    await client.create(ask())
    setMachineClock(0)
    await client.create(ask())
    await client.create(ask())
    expect(router.sealed).toHaveLength(5)
  })
})

describe('somebody in between who holds up', () => {
  test('the envelope gets a timeout, and moves nothing', async () => {
    await using router = await punctual()
    router.replies.onSealed = () => {
      setMachineClock(WINDOW + 10_000) // so much later it is now
      return refusal(trueNow() + WINDOW + 10_000)
    }
    const client = await over2(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APITimeoutError' })
    expect(router.sealed).toHaveLength(1)
  })

  test('the refusal too gets a timeout, and moves nothing', async () => {
    await using router = await punctual()
    router.replies.onSealed = () => {
      const late = refusal(trueNow() + WINDOW + 10_000)
      setMachineClock(2 * WINDOW + 20_000)
      return late
    }
    const client = await over2(router)
    expect(await failureOf(() => client.create(ask()))).toMatchObject({ name: 'APITimeoutError' })
    router.replies.onSealed = () => WHOLE
    await client.create(ask())
    expect(Math.abs(router.sealed[1]!.issuedAt! - Date.now())).toBeLessThan(60_000)
  })
})

describe('nothing is moved by', () => {
  const hints = { date: new Date(0).toUTCString(), age: '99999', expires: '0', refused: 'clock', t: '1' }
  test.each<[string, SealedReply | ReturnType<typeof plain>]>([
    ['a 400 in clear', plain(400, { refused: 'clock', t: 1 }, hints)],
    ['a 422 in clear', plain(422, { status: 400, refused: 'clock', t: 1 }, hints)],
    ['a 200 in clear', plain(200, { status: 400, refused: 'clock', t: 1 }, hints)],
    ['a 503 in clear', plain(503, { refused: 'clock', t: 1 }, hints)],
    ['the time of an answer', { ...WHOLE, t: 1 }],
    ['the time of another refusal', { ...refusal(1), refused: 'path' }],
    ['a sealed body that says so', { status: 400, body: JSON.stringify({ refused: 'clock', t: 1 }) }],
    ['a sealed header that says so', { ...WHOLE, headers: { refused: 'clock', t: '1', date: hints.date } }],
    ['a refusal that was cut', { ...refusal(1), mangle: (bytes) => bytes.subarray(0, 500) }],
    [
      'a refusal that was altered',
      { ...refusal(1), mangle: (bytes) => bytes.map((byte, i) => (i === 900 ? byte ^ 1 : byte)) },
    ],
  ])('%s', async (_what, reply) => {
    await using router = await startSealedRouter({ onSealed: () => reply })
    const client = await over2(router)
    await client.create(ask()).catch(() => undefined)
    const before = router.sealed.length
    router.replies.onSealed = () => WHOLE
    await client.create(ask())
    expect(router.sealed).toHaveLength(before + 1)
    expect(Math.abs(router.sealed.at(-1)!.issuedAt! - trueNow())).toBeLessThan(60_000)
  })
})

test('a refusal of the corrected time is an error, sealed afresh no third time, whatever its time', async () => {
  let count = 0
  await using router = await startSealedRouter({ onSealed: () => refusal(trueNow() + ++count * HOUR) })
  const client = await over2(router, { maxRetries: 2 })
  expect(await failureOf(() => client.create(ask()))).toMatchObject({
    name: 'InvalidRequestError',
    authenticated: true,
  })
  expect(router.sealed).toHaveLength(2)
  expect(router.sealed[0]!.body).not.toEqual(router.sealed[1]!.body)
})
