import { afterAll, describe, expect, test } from 'vitest'
import { say } from '../../../core/test/say.ts'
import { CASES } from './cases.ts'
import { tableOf, WAYS, type Row } from './matrix.ts'
import { cellOfCase } from './single.ts'

const rows: Row[] = []
const repeated: Row[] = []
afterAll(() => {
  say(tableOf('once', rows))
  say(tableOf('with repetitions', repeated))
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
