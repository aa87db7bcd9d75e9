import { afterAll, describe, expect, test } from 'vitest'
import { say } from '../../../core/test/say.ts'
import { CASES } from './cases.ts'
import { cellOfEveryByte, EVERY_BYTE } from './every-byte.ts'
import { tableOf, WAYS, type Row } from './matrix.ts'
import { cellOfCase } from './single.ts'

const rows: Row[] = []
const repeated: Row[] = []
const every: Row[] = []
afterAll(() => {
  say(tableOf('once', rows))
  say(tableOf('with repetitions', repeated))
  say(tableOf('every', every))
})

describe('one', () => {
  test.for(CASES)('$name', async (one) => {
    const cells: string[] = []
    for (const way of WAYS) cells.push(await cellOfCase(one, way).catch((error) => `FAILED ${error}`))
    rows.push([one.name, ...cells])
  })
})
describe('rep', () => {
  test.for(CASES.filter(({ repeated }) => repeated))('$name', async (one) => {
    const cells: string[] = []
    for (const way of WAYS) cells.push(await cellOfCase(one, way, 2).catch((error) => `FAILED ${error}`))
    repeated.push([one.name, ...cells])
  })
})
describe('every', () => {
  test.for(EVERY_BYTE)('$name', { timeout: 600_000 }, async (one) => {
    const cells: string[] = []
    for (const way of WAYS) {
      const t = performance.now()
      try {
        const step = Number(process.env.STEP ?? 1) * (way.streamed ? 8 : 1)
        const { cell, calls } = await cellOfEveryByte(one, { ...way, step })
        cells.push(cell)
        say(`${one.name} ${calls} calls ${performance.now() - t} ms`)
      } catch (error) {
        cells.push(`FAILED ${error}`)
      }
    }
    every.push([one.name, ...cells])
  })
})
