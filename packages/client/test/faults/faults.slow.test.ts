/** Every fault between the real client and the real router, and what comes of it; the matrix is printed at the end. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { say } from '../../../core/test/say.ts'
import { makeCertificates, opensslVersion, type Certificates } from '../support/certificates.ts'
import { CASES, TLS_CASES } from './cases.ts'
import { cellOfEveryByte, EVERY_BYTE, TLS_BYTES } from './every-byte.ts'
import { EVERY, ONCE, OVER_TLS, REPEATED } from './expected.ts'
import { outcomesIn, tableOf, WAYS, type Group, type Row, type Way } from './matrix.ts'
import { cellOfCase } from './single.ts'
import { CERTIFICATES, cellOfCertificate } from './tls.ts'

const EXPECTED = [ONCE, REPEATED, EVERY, OVER_TLS]
/** ms for a row of some thousands of calls. */
const LONG = 600_000

const seen = new Map<Group, Row[]>(EXPECTED.map((group) => [group, []]))
let certificates: Certificates | undefined

beforeAll(() => {
  if (opensslVersion() !== undefined) certificates = makeCertificates()
})

afterAll(() => {
  certificates?.remove()
  say(tableOf([...seen].map(([{ name }, rows]) => ({ name, rows }))))
})

/** Each with its name in front, for the test's title. */
function named<T extends { readonly name: string }>(all: readonly T[]): (readonly [string, T])[] {
  return all.map((one) => [one.name, one])
}

/** Fills a row, and holds it against the expected one. */
async function see(group: Group, name: string, cellIn: (way: Way) => Promise<string>): Promise<void> {
  const cells: string[] = []
  for (const way of WAYS) cells.push(await cellIn(way))
  seen.get(group)!.push([name, ...cells])
  const expected = group.rows.find(([known]) => known === name)
  const allowed = expected?.slice(1).map(outcomesIn)
  const strange = cells.map((cell, column) =>
    outcomesIn(cell).filter((one) => !allowed?.[column]?.includes(one)),
  )
  expect(strange, `${name}: what no cell names; seen: ${cells.join(' | ')}`).toEqual(WAYS.map(() => []))
  // Of many calls most end in what is named first.
  const first = cells.map((cell, column) => (cell.includes(',') ? outcomesIn(cell)[0] : allowed![column]![0]))
  expect(first, name).toEqual(allowed!.map(([most]) => most))
}

describe('once', () => {
  test.for(named(CASES))('%s', ([, one]) => see(ONCE, one.name, (way) => cellOfCase(one, way)))
})

describe('once, and the client may repeat', () => {
  const cases = CASES.filter(({ repeated }) => repeated)
  test.for(named(cases))('%s', ([, one]) =>
    see(REPEATED, one.name, (way) => cellOfCase(one, { ...way, maxRetries: 2 })),
  )
})

describe('at every byte', () => {
  test.for(named(EVERY_BYTE))('%s', { timeout: LONG }, async ([, one]) => {
    let calls = 0
    await see(EVERY, one.name, async (way) => {
      // A stream over 1.0 is the same on the wire; one over 2.0 is longer, and opens by the same code.
      const filled = await cellOfEveryByte(one, { ...way, step: way.streamed ? 16 : 1 })
      calls += filled.calls
      return filled.cell
    })
    say(`${one.name}, at every byte: ${calls} calls`)
  })
})

describe('TLS', () => {
  const made = (ctx: TestContext): Certificates =>
    certificates ?? ctx.skip('openssl is missing: no certificates can be made')

  test.for(named(CERTIFICATES))('%s', ([name, { shown }], ctx) =>
    see(OVER_TLS, name, (way) => cellOfCertificate(made(ctx), shown, way)),
  )
  test.for(named(TLS_CASES))('%s', ([, one], ctx) =>
    see(OVER_TLS, one.name, (way) => cellOfCase(one, { ...way, tls: made(ctx) })),
  )
  test.for(named(TLS_BYTES))('%s', { timeout: LONG }, ([, one], ctx) =>
    see(OVER_TLS, one.name, async (way) => {
      const reach = { step: 61, tls: made(ctx), timeout: 2_000 }
      return (await cellOfEveryByte(one, { ...way, ...reach })).cell
    }),
  )
})

test('docs/testing.md holds the expected table', () => {
  const text = readFileSync(new URL('../../../../docs/testing.md', import.meta.url), 'utf8')
  const plain = (table: string): string => table.replaceAll(/ +|-+/g, ' ')
  expect(plain(text)).toContain(plain(tableOf(EXPECTED)))
})
