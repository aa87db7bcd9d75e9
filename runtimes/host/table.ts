/** What came of it, for people. */
import { CASES } from '../suite/cases.ts'
import { titleOf, type Result } from '../suite/harness.ts'
import { GROUPS, RUNTIMES, SUPPORT, type Group, type Runtime } from '../support.ts'

/** What came of one runtime. */
export interface Outcome {
  readonly runtime: Runtime
  readonly version: string
  readonly results: readonly Result[]
  /** Why not everything was run, if it was not. */
  readonly failure: string | undefined
  readonly seconds: number
}

export interface Counts {
  readonly works: number
  readonly failsAsStated: number
  readonly wrong: number
}

/** The cases of a group in a runtime; one that was not run counts as wrong. */
function countsOf({ runtime, results }: Outcome, group?: Group): Counts {
  const counts = { works: 0, failsAsStated: 0, wrong: 0 }
  for (const one of CASES.filter((each) => group === undefined || each.group === group)) {
    const result = results.find(({ name }) => name === titleOf(one))
    if (result === undefined || result.error !== undefined) counts.wrong++
    else if (one.feature !== undefined && SUPPORT[one.feature][runtime] !== 'works') counts.failsAsStated++
    else counts.works++
  }
  return counts
}

/** What counts in the end. A runtime that broke off has failed, also where every case that it told of passed. */
export function totalOf(outcome: Outcome): { passed: number; failed: number } {
  const { works, failsAsStated, wrong } = countsOf(outcome)
  const least = outcome.failure === undefined ? 0 : 1
  return { passed: works + failsAsStated, failed: Math.max(wrong, least) }
}

/** Runtimes in rows, groups in columns. */
export function printTable(outcomes: readonly Outcome[]): void {
  const rows = outcomes.map((outcome) => [
    ...[outcome.runtime, outcome.version],
    ...GROUPS.map((group) => cell(countsOf(outcome, group))),
    `${outcome.seconds.toFixed(0)} s`,
  ])
  const table = [['runtime', 'version', ...GROUPS, 'time'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  console.log()
  for (const row of table)
    console.log(
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  console.log('\nn: that many work. +n: that many fail, in the way that runtimes/support.ts says. ✗n: wrong.')
}

function cell({ works, failsAsStated, wrong }: Counts): string {
  const parts = [
    works > 0 ? `${works}` : '',
    failsAsStated > 0 ? `+${failsAsStated}` : '',
    wrong > 0 ? `✗${wrong}` : '',
  ]
  return parts.filter(Boolean).join(' ')
}

/** What does not work everywhere, and how it fails. */
export function printSupport(): void {
  console.log('\nNot everywhere:')
  for (const [feature, cells] of Object.entries(SUPPORT)) {
    const failing = RUNTIMES.filter((runtime) => cells[runtime] !== 'works')
    const ways = new Set(failing.map((runtime) => cells[runtime]))
    for (const way of ways) {
      console.log(
        `${feature.padEnd(17)}${way}: ${failing.filter((runtime) => cells[runtime] === way).join(', ')}`,
      )
    }
  }
}

/** Every case that went wrong, with the words of the runtime. */
export function printFailures(outcomes: readonly Outcome[]): void {
  for (const { runtime, failure, results } of outcomes) {
    for (const { name, error } of results)
      if (error !== undefined) console.log(`\n✗ ${runtime}, ${name}\n${error}`)
    if (failure !== undefined) console.log(`\n✗ ${runtime}: ${failure}`)
  }
}
