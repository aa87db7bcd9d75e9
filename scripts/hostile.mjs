/**
 * `npm run hostile`: everything hostile that we know of, row by row, and whether the tests that prove what comes of it
 * exist and have passed. It reads what the last whole `npm test` and `npm run test:slow` have left, and runs nothing.
 * A row without a test, or whose test was not run, counts as failed.
 */
import { judge } from './hostile/judge.mjs'
import { AREAS } from './hostile/rows.mjs'
import { Failure, main } from './command.mjs'
import { readOutcomes } from './outcomes.mjs'

const SCRIPTS = { 'test': 'npm test', 'test:slow': 'npm run test:slow' }

/** @returns {import('./outcomes.mjs').Outcome[]} */
function readAll() {
  return Object.entries(SCRIPTS).flatMap(([script, command]) => {
    const outcomes = readOutcomes(script)
    if (outcomes === undefined) console.log(`There is no result of \`${command}\` yet: run it first.`)
    return Object.entries(outcomes ?? {}).flatMap(([file, titles]) =>
      Object.entries(titles).map(([title, state]) => [file, title, state]),
    )
  })
}

/** One line for each row, and the reasons below those that did not pass. */
function print({ name, rows }) {
  console.log(`\n${name} (${rows.length})`)
  for (const { what, verdict, reasons } of rows) {
    console.log(`  ${verdict.padEnd(7)}  ${what}`)
    for (const reason of reasons) console.log(`           ${reason}`)
  }
}

/** Two rows that say the same are one, and would be counted twice. */
function refuseDoubles() {
  const names = AREAS.flatMap(({ name, rows }) => rows.map(({ what }) => `${name}: ${what}`))
  const doubles = names.filter((name, at) => names.indexOf(name) !== at)
  if (doubles.length > 0) throw new Failure(`There twice: ${doubles.join('; ')}.`)
}

await main(import.meta.url, async () => {
  refuseDoubles()
  const outcomes = readAll()
  const areas = AREAS.map(({ name, rows }) => ({
    name,
    rows: rows.map((row) => ({ ...row, ...judge(row, outcomes) })),
  }))
  if (outcomes.length > 0) areas.forEach(print)
  const count = (wanted) =>
    areas.flatMap(({ rows }) => rows).filter(({ verdict }) => verdict === wanted).length
  const failed = count('fail') + count('missing')
  if (failed > 0) process.exitCode = 1
  console.log(`\n${count('missing')} rows have no test, or none that was run.`)
  console.log(`${count('pass')} passed, ${failed} failed, ${count('skipped')} skipped`)
})
